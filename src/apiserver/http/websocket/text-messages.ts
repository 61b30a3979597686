import type { Exchange } from '../handler.ts'
import { acceptWebSocket } from './accept.ts'

/** Upstream's names for how bytes come: as they are, also where nothing is named, or in base64 as text. */
const BINARY = 'binary.k8s.io'
const BASE64 = 'base64.binary.k8s.io'
const MAX_UNREAD = 64 * 1024

/** Passes text on to the client in messages as it comes, after an empty one that says that it works. Throws what refuses the first of it. */
export async function streamTextMessages(
  exchange: Exchange,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const chunks = source[Symbol.asyncIterator]()
  const pending = chunks.next()
  // What is not there is refused before anything is accepted; what says nothing yet is waited for afterwards.
  await Promise.race([pending, new Promise(resolve => setImmediate(resolve))])
  try {
    using accepted = await acceptWebSocket(exchange, [BINARY, BASE64])
    const { webSocket, protocol } = accepted
    const isText = protocol === BASE64
    const send = (bytes: Uint8Array): Promise<void> => {
      // An error is that of a client that has gone.
      const sent = new Promise<void>(resolve =>
        webSocket.send(isText ? Buffer.from(bytes).toString('base64') : bytes, { binary: !isText }, () =>
          resolve(),
        ),
      )
      return webSocket.bufferedAmount < MAX_UNREAD ? Promise.resolve() : sent
    }
    await send(new Uint8Array())
    for (let chunk = await pending; !chunk.done; chunk = await chunks.next()) {
      if (webSocket.readyState !== webSocket.OPEN) break
      await send(chunk.value)
    }
  } finally {
    await chunks.return?.()
  }
}
