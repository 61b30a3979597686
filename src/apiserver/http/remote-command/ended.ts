import type { Writable } from 'node:stream'

/** Ends a stream; resolves when all of it has been sent, or nothing can be any more. */
export function ended(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    stream.once('finish', resolve).once('close', resolve)
    stream.end()
    // One whose client went earlier says nothing more.
    if (stream.destroyed) resolve()
  })
}
