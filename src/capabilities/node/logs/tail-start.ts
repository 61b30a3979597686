import type { FileHandle } from 'node:fs/promises'

const BLOCK_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** Where to begin reading. */
export interface LogPosition {
  file: number
  offset: number
}

/** The position from which the last so many lines of a sequence of files (oldest first) are read. */
export async function tailStart(files: readonly FileHandle[], lines: number): Promise<LogPosition> {
  let wanted = lines
  const last = files.length - 1
  if (wanted <= 0) return { file: last, offset: Infinity }
  for (let file = last; file >= 0; file--) {
    const handle = files[file]
    if (!handle) break
    const found = await tailOffset(handle, wanted)
    if (found.offset !== undefined) return { file, offset: found.offset }
    wanted -= found.lines
  }
  return { file: 0, offset: 0 }
}

/** The offset of the last so many lines of one file, or how many it has if that is too few. */
async function tailOffset(handle: FileHandle, wanted: number): Promise<{ offset?: number; lines: number }> {
  let end = (await handle.stat()).size
  const block = Buffer.alloc(BLOCK_BYTES)
  const size = end
  let lines = size > 0 ? 1 : 0
  while (end > 0) {
    const start = Math.max(0, end - BLOCK_BYTES)
    await handle.read(block, 0, end - start, start)
    for (let at = end - start - 1; at >= 0; at--) {
      // The newline that ends the file is no boundary between two lines.
      if (block[at] !== NEWLINE || start + at === size - 1) continue
      if (lines === wanted) return { offset: start + at + 1, lines }
      lines++
    }
    end = start
  }
  return lines === wanted ? { offset: 0, lines } : { lines }
}
