import { readFileSync, truncateSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { ByteBuffer, ByteReader, unzigzag, zigzag } from './byte-buffer.ts'
import { floatBits, wholeDelta } from './float-bits.ts'
import type { HeadSeries } from './head.ts'

/**
 * What the head holds, so that a crash does not lose it: magic, then records of length, CRC-32 and payload, one for each
 * flush. A payload is a list of groups: 1 = a series (number, labels), 2 = samples of one instant, each as the distance
 * of its series' number from the last one and, against the series' last value, nothing, a difference or the float.
 */
const MAGIC = Buffer.from('DRVMLOG1')
const HEADER_BYTES = 8
const [SERIES, SAMPLES] = [1, 2]
const [SAME, WHOLE, FULL] = [0, 1, 2]
/** Samples that wait for a slow disk; beyond this they are not logged. */
const MAX_PENDING_BYTES = 16 << 20

export class HeadLog {
  readonly path: string
  readonly number: number
  readonly #onOverflow: () => void
  #pending = new ByteBuffer(64 << 10)
  #file: FileHandle | undefined
  #writing: Promise<void> | undefined
  #countAt = 0
  #count = 0
  #lastRef = 0
  #overflowed = false

  /** `onOverflow` is called for each instant that is not logged because the disk is too slow. */
  constructor(path: string, number: number, onOverflow: () => void) {
    this.path = path
    this.number = number
    this.#onOverflow = onOverflow
  }

  /** Begins the samples of one instant. */
  begin(timeMs: number): void {
    this.#overflowed = this.#pending.used > MAX_PENDING_BYTES
    if (this.#overflowed) this.#onOverflow()
    else this.#open(timeMs)
  }

  #timeMs = 0
  #open(timeMs: number): void {
    this.#timeMs = timeMs
    this.#pending.byte(SAMPLES)
    this.#pending.float(timeMs)
    this.#countAt = this.#pending.used
    this.#pending.words(0, 0)
    this.#pending.used -= 4
    this.#count = 0
    this.#lastRef = 0
  }

  /** Adds a sample; call before the series takes it, for its last value is what this one is compared with. */
  add(series: HeadSeries, low: number, high: number): void {
    if (this.#overflowed) return
    const isKnown = series.loggedIn === this.number
    if (!isKnown) this.#define(series)
    const buffer = this.#pending
    const { frames } = series
    const distance = zigzag(series.ref - this.#lastRef) * 4
    this.#lastRef = series.ref
    this.#count++
    if (isKnown && low === frames.low && high === frames.high) {
      buffer.varint(distance + SAME)
      return
    }
    floatBits.set(frames.low, frames.high)
    const before = floatBits.value
    floatBits.set(low, high)
    const delta = isKnown ? wholeDelta(before, floatBits.value) : undefined
    buffer.varint(distance + (delta === undefined ? FULL : WHOLE))
    if (delta === undefined) buffer.words(low, high)
    else buffer.varint(zigzag(delta))
  }

  end(): void {
    if (!this.#overflowed) this.#pending.view.setUint32(this.#countAt, this.#count, true)
  }

  #define(series: HeadSeries): void {
    this.end()
    const buffer = this.#pending
    buffer.byte(SERIES)
    buffer.varint(series.ref)
    buffer.varint(series.labels.pairs.length)
    for (const text of series.labels.pairs) buffer.text(text)
    series.loggedIn = this.number
    this.#open(this.#timeMs)
  }

  /** Writes what is pending and asks the disk to keep it. One flush runs at a time; the next takes what came meanwhile. */
  async flush(): Promise<void> {
    if (this.#writing) return this.#writing
    this.#writing = this.#write()
    try {
      await this.#writing
    } finally {
      this.#writing = undefined
    }
  }

  async #write(): Promise<void> {
    const { used } = this.#pending
    if (used === 0) return
    const payload = this.#pending.bytes.subarray(0, used)
    this.#pending = new ByteBuffer(Math.max(4096, used))
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt32LE(used, 0)
    header.writeUInt32LE(crc32(payload), 4)
    const parts = [header, payload]
    if (!this.#file) {
      this.#file = await open(this.path, 'a', 0o600)
      if ((await this.#file.stat()).size === 0) parts.unshift(MAGIC)
    }
    await this.#file.write(Buffer.concat(parts))
    await this.#file.datasync()
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => {})
    await this.flush()
    await this.#file?.close()
    this.#file = undefined
  }
}

export interface Replayed {
  define(ref: number, pairs: readonly string[]): HeadSeries
  sample(series: HeadSeries, timeMs: number, low: number, high: number): void
}

/**
 * Reads a log into memory. What follows the last whole record is cut off the file; the number of lost bytes is
 * returned. Throws when the file is no log.
 */
export function replayLog(path: string, into: Replayed): { lostBytes: number } {
  const bytes = readFileSync(path)
  if (bytes.length < MAGIC.length) {
    truncateSync(path, 0)
    return { lostBytes: bytes.length }
  }
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error(`${path} is no log of metrics, or of another version`)
  const series = new Map<number, HeadSeries>()
  let at = MAGIC.length
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at)
    const payload = bytes.subarray(at + HEADER_BYTES, end)
    if (end > bytes.length || crc32(payload) !== bytes.readUInt32LE(at + 4)) break
    replayPayload(payload, series, into)
    at = end
  }
  if (at < bytes.length) truncateSync(path, at)
  return { lostBytes: bytes.length - at }
}

function replayPayload(payload: Uint8Array, series: Map<number, HeadSeries>, into: Replayed): void {
  const reader = new ByteReader(payload)
  while (!reader.done) {
    if (reader.byte() === SERIES) {
      const ref = reader.varint()
      const pairs = Array.from({ length: reader.varint() }, () => reader.text())
      series.set(ref, into.define(ref, pairs))
      continue
    }
    const timeMs = reader.float()
    let ref = 0
    for (let count = reader.word(); count > 0; count--) {
      const code = reader.varint()
      ref += unzigzag(Math.floor(code / 4))
      const target = series.get(ref)
      if (!target) throw new Error(`sample of an unknown series ${ref}`)
      let { low, high } = target.frames
      if (code % 4 === WHOLE) {
        floatBits.set(low, high)
        floatBits.of(floatBits.value + unzigzag(reader.varint()))
        ;({ low, high } = floatBits)
      } else if (code % 4 === FULL) {
        low = reader.word()
        high = reader.word()
      }
      into.sample(target, timeMs, low, high)
    }
  }
}
