import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Labels } from '../../../languages/promql/labels.ts'
import type { TakenSeries } from './head.ts'
import { LabelIndex } from './label-index.ts'

/**
 * A closed window on disk: magic and version, the frames of each series one after the other, the index (deflated JSON),
 * and a footer with the index's length, its CRC-32 and the magic again.
 */
const MAGIC = Buffer.from('DRVMBLK1')
const FOOTER_BYTES = 16
const WRITE_BYTES = 1 << 20

export class BlockError extends Error {
  override name = 'BlockError'
}

/** Where one series is in a block. */
interface Entry {
  labels: Labels
  fromMs: number
  toMs: number
  offset: number
  length: number
  checksum: number
}

/** The index as written: each series is [labels…], from, to, offset, length, checksum; labels are places in `strings`. */
interface WrittenIndex {
  strings: string[]
  series: [labels: number[], fromMs: number, toMs: number, offset: number, length: number, checksum: number][]
}

/** Writes a block beside its place and moves it there when it is wholly on disk. */
export async function writeBlock(path: string, series: readonly TakenSeries[]): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    const strings = new Map<string, number>()
    const place = (text: string): number => {
      const found = strings.get(text) ?? strings.size
      strings.set(text, found)
      return found
    }
    const index: WrittenIndex = { strings: [], series: [] }
    let pending: Uint8Array[] = [MAGIC]
    let pendingBytes = MAGIC.length
    let offset = MAGIC.length
    for (const { labels, fromMs, toMs, bytes } of series) {
      index.series.push([labels.pairs.map(place), fromMs, toMs, offset, bytes.length, crc32(bytes)])
      pending.push(bytes)
      pendingBytes += bytes.length
      offset += bytes.length
      if (pendingBytes < WRITE_BYTES) continue
      await file.write(Buffer.concat(pending))
      pending = []
      pendingBytes = 0
    }
    index.strings = [...strings.keys()]
    const written = deflateRawSync(JSON.stringify(index))
    const footer = Buffer.alloc(FOOTER_BYTES)
    footer.writeUInt32LE(written.length, 0)
    footer.writeUInt32LE(crc32(written), 4)
    MAGIC.copy(footer, 8)
    await file.write(Buffer.concat([...pending, written, footer]))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

/** A block that queries read from. */
export class Block implements Disposable {
  readonly path: string
  readonly sizeBytes: number
  readonly index: LabelIndex<Entry>
  readonly fromMs: number
  readonly toMs: number
  readonly #file: number

  /** Opens a block; its labels become the ones that `intern` yields. Throws BlockError when it is damaged. */
  constructor(path: string, intern: (pairs: readonly string[]) => Labels) {
    this.path = path
    this.sizeBytes = statSync(path).size
    this.#file = openSync(path, 'r')
    try {
      this.index = new LabelIndex()
      const { strings, series } = this.#readIndex()
      for (const [labels, fromMs, toMs, offset, length, checksum] of series) {
        const pairs = labels.map(place => strings[place] ?? '')
        this.index.add({ labels: intern(pairs), fromMs, toMs, offset, length, checksum })
      }
    } catch (error) {
      closeSync(this.#file)
      throw error instanceof BlockError ? error : new BlockError(`${path} is damaged`, { cause: error })
    }
    let [fromMs, toMs] = [Infinity, -Infinity]
    for (const entry of this.index.all) {
      fromMs = Math.min(fromMs, entry.fromMs)
      toMs = Math.max(toMs, entry.toMs)
    }
    this.fromMs = fromMs
    this.toMs = toMs
  }

  /** The frames of a series. Throws BlockError when they do not match their checksum. */
  read(entry: Entry): Uint8Array {
    const bytes = this.#bytes(entry.offset, entry.length)
    if (crc32(bytes) !== entry.checksum)
      throw new BlockError(`${this.path} is damaged at byte ${entry.offset}: the checksum does not match`)
    return bytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #readIndex(): WrittenIndex {
    const least = MAGIC.length + FOOTER_BYTES
    const footer = this.#bytes(Math.max(0, this.sizeBytes - FOOTER_BYTES), FOOTER_BYTES)
    if (this.sizeBytes < least || !footer.subarray(8).equals(MAGIC))
      throw new BlockError(`${this.path} is no block of metrics, or is cut off`)
    const length = footer.readUInt32LE(0)
    const written = this.#bytes(this.sizeBytes - FOOTER_BYTES - length, length)
    if (crc32(written) !== footer.readUInt32LE(4))
      throw new BlockError(`the index of ${this.path} does not match its checksum`)
    // The checksum says that it is what `writeBlock` wrote.
    return JSON.parse(inflateRawSync(written).toString('utf8')) as WrittenIndex
  }

  #bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    const read = readSync(this.#file, bytes, 0, length, offset)
    if (read < length) throw new BlockError(`${this.path} is cut off`)
    return bytes
  }
}
