import type { ServerResponse } from 'node:http'
import { drained } from '../../lib/drained.ts'

export interface TextStream {
  chunks: AsyncIterable<Uint8Array>
  query: URLSearchParams
  response: ServerResponse
}

/** Passes text on to the client as it comes. */
export async function streamText({ chunks: source, query, response }: TextStream): Promise<void> {
  const chunks = source[Symbol.asyncIterator]()
  const follows = query.get('follow') === 'true'
  const begin = () => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.flushHeaders()
  }
  // Who follows wants to know at once that it works; a refusal of what is not there comes first either way.
  const pending = chunks.next()
  if (follows) {
    const early = await Promise.race([
      pending.then(() => true),
      new Promise<false>(resolve => setImmediate(resolve, false)),
    ])
    if (!early) begin()
  }
  let chunk = await pending
  if (!response.headersSent) begin()
  try {
    for (; !chunk.done; chunk = await chunks.next()) {
      if (!response.write(chunk.value)) await drained(response)
      if (response.destroyed) break
    }
  } finally {
    await chunks.return?.()
  }
  response.end()
}
