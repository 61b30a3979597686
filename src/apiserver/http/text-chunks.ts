const CHUNK_BYTES = 512 * 1024
/** The most bytes of UTF-8 that one UTF-16 code unit becomes. */
const MAX_BYTES_PER_UNIT = 3

/**
 * Pieces of text as bytes, many to a chunk. Each is written to its place at once: joining strings first would copy
 * every byte two more times.
 */
export function* textChunks(pieces: Iterable<string>): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let at = 0
  for (const piece of pieces) {
    const most = piece.length * MAX_BYTES_PER_UNIT
    if (most > CHUNK_BYTES - at && at > 0) {
      yield chunk.subarray(0, at)
      chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      at = 0
    }
    if (most > CHUNK_BYTES) yield Buffer.from(piece)
    else at += chunk.write(piece, at)
  }
  if (at > 0) yield chunk.subarray(0, at)
}
