import type { IncomingMessage } from 'node:http'
import { Transform, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A request that the server refuses, with the HTTP status that says so. */
export class HttpRefusal extends Error {
  override name = 'HttpRefusal'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** The decoded body of a request; the stream fails with HttpRefusal 413 when it grows beyond the limit. */
export function requestBody(request: IncomingMessage, maxBytes: number): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new HttpRefusal(415, `content encoding ${encoding} is not supported`)
  let bytes = 0
  const limit = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      if (bytes > maxBytes)
        done(new HttpRefusal(413, `the request body is larger than the ${maxBytes} bytes allowed`))
      else done(null, chunk)
    },
  })
  request.on('error', error => limit.destroy(error))
  if (encoding === 'identity') return request.pipe(limit)
  const gunzip = createGunzip()
  gunzip.on('error', error => limit.destroy(new HttpRefusal(400, `bad gzip body: ${error.message}`)))
  return request.pipe(gunzip).pipe(limit)
}

/** Reads the rest of a request and forgets it; gives up on the connection after another `maxBytes`. */
export async function discardRest(request: IncomingMessage, maxBytes: number): Promise<void> {
  if (request.complete || request.destroyed) return
  let bytes = 0
  request.unpipe()
  await new Promise<void>(resolve => {
    request.on('close', resolve)
    request.on('end', resolve)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) request.destroy()
    })
    request.resume()
  })
}
