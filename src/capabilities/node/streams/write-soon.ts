import type { Writable } from 'node:stream'

/** Writes a chunk. What it returns, if anything, resolves when more can be written or nobody reads any more. */
export function writeSoon(stream: Writable | undefined, chunk: Buffer): void | Promise<void> {
  if (!stream || stream.destroyed || stream.writableEnded || stream.write(chunk)) return
  return new Promise(resolve => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}
