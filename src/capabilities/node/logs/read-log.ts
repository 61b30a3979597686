import { type FileHandle, open, stat } from 'node:fs/promises'
import { rotatedFiles } from './container-log.ts'
import { type LogEntry, parseEntry } from './cri-line.ts'
import type { LogBoard } from './log-board.ts'
import { tailStart } from './tail-start.ts'

const BLOCK_BYTES = 64 * 1024
const NEWLINE = 0x0a

export interface ReadLogOptions {
  follow: boolean
  tailLines?: number | undefined
}

/**
 * Yields the entries of one run's log, rotated files first, in batches. With `follow` it goes on until the run has
 * ended and everything is read. It reads only as fast as it is asked to; the writer never waits for it.
 */
export async function* readLog(
  path: string,
  { follow, tailLines }: ReadLogOptions,
  { board, signal }: { board: LogBoard; signal: AbortSignal },
): AsyncGenerator<LogEntry[]> {
  const files = await openAll(path)
  try {
    const start = tailLines === undefined ? { file: 0, offset: 0 } : await tailStart(files, tailLines)
    let offset = start.offset
    while (files.length > 1 + start.file) {
      const handle = files[start.file]
      if (!handle) break
      yield* new EntryReader(handle, offset).rest(signal)
      offset = 0
      files.splice(start.file, 1)
      await handle.close()
    }
    const current = files.pop()
    if (current) yield* readCurrent(path, { handle: current, offset }, { follow, board, signal })
  } finally {
    for (const handle of files) await handle.close()
  }
}

/**
 * The files of a log, oldest first. The current one is opened before the rotated ones are listed, so that one that
 * is rotated meanwhile is seen twice rather than missed; the second sight of it is dropped.
 */
async function openAll(path: string): Promise<FileHandle[]> {
  const current = await open(path, 'r')
  const { ino } = await current.stat()
  const older: FileHandle[] = []
  for (const file of await rotatedFiles(path)) {
    const handle = await open(file, 'r').catch(() => undefined)
    // Removed since it was listed, or the one that is open already.
    if (handle && (await handle.stat()).ino !== ino) older.push(handle)
    else await handle?.close()
  }
  return [...older, current]
}

interface Following {
  follow: boolean
  board: LogBoard
  signal: AbortSignal
}

async function* readCurrent(
  path: string,
  from: { handle: FileHandle; offset: number },
  { follow, board, signal }: Following,
): AsyncGenerator<LogEntry[]> {
  let wake = () => {}
  let changed = false
  using _ = board.onChange(path, () => {
    changed = true
    wake()
  })
  const onAbort = () => wake()
  // Once for all that is waited for: a log may be followed for days.
  signal.addEventListener('abort', onAbort, { once: true })
  let { handle } = from
  try {
    const { size } = await handle.stat()
    let reader = new EntryReader(handle, Math.min(from.offset, size))
    while (!signal.aborted) {
      changed = false
      const isOpen = board.isOpen(path)
      yield* reader.rest(signal)
      if (!follow) return
      const next = await successor(path, handle)
      if (next) {
        await handle.close()
        handle = next.handle
        reader = new EntryReader(handle, 0)
        if (next.isGap) yield [GAP]
        continue
      }
      if (changed) continue
      // It was closed before the last read, so nothing can follow.
      if (!isOpen) return
      await new Promise<void>(resolve => {
        wake = resolve
        if (changed || signal.aborted) resolve()
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    await handle.close()
  }
}

/** Said to a reader that came too late for files that rotation has removed. */
const GAP: LogEntry = {
  // Later than any time that is asked for, so that it is always shown.
  time: '9999-12-31T23:59:59.999000000Z',
  stream: 'stderr',
  partial: false,
  content: Buffer.from('[drave] lines are missing here: they were rotated away before they were read'),
}

/** The file that comes after an open one that was rotated, if it was; `isGap` when files in between are gone. */
async function successor(
  path: string,
  handle: FileHandle,
): Promise<{ handle: FileHandle; isGap: boolean } | undefined> {
  const [mine, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)])
  if (!there || there.ino === mine.ino) return undefined
  const files = [...(await rotatedFiles(path)), path]
  const numbers = await Promise.all(
    files.map(file =>
      stat(file).then(
        ({ ino }) => ino,
        () => undefined,
      ),
    ),
  )
  const at = numbers.lastIndexOf(mine.ino)
  for (const file of files.slice(at + 1)) {
    const next = await open(file, 'r').catch(() => undefined)
    if (next) return { handle: next, isGap: at < 0 }
  }
  return undefined
}

/** Reads entries from a position on; an incomplete last line waits for its rest. */
class EntryReader {
  readonly #handle: FileHandle
  #offset: number
  #rest: Buffer = Buffer.alloc(0)

  constructor(handle: FileHandle, offset: number) {
    this.#handle = handle
    this.#offset = offset
  }

  async *rest(signal: AbortSignal): AsyncGenerator<LogEntry[]> {
    while (!signal.aborted) {
      const block = Buffer.alloc(BLOCK_BYTES)
      const { bytesRead } = await this.#handle.read(block, 0, BLOCK_BYTES, this.#offset)
      if (bytesRead === 0) return
      this.#offset += bytesRead
      const data = Buffer.concat([this.#rest, block.subarray(0, bytesRead)])
      const entries: LogEntry[] = []
      let at = 0
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, at)) {
        const entry = parseEntry(data.subarray(at, end))
        if (entry) entries.push(entry)
        at = end + 1
      }
      this.#rest = Buffer.from(data.subarray(at))
      if (entries.length > 0) yield entries
    }
  }
}
