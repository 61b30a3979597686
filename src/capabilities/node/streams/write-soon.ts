import type { Writable } from 'node:stream'
import { drained } from '../../../lib/drained.ts'

/** Writes a chunk. What it returns, if anything, resolves when more can be written or nobody reads any more. */
export function writeSoon(stream: Writable | undefined, chunk: Buffer): void | Promise<void> {
  if (!stream || stream.destroyed || stream.writableEnded || stream.write(chunk)) return
  return drained(stream)
}
