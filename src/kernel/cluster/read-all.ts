import type { IncomingMessage } from 'node:http'
import { apiError } from '../../kube/status.ts'

const MAX_BODY_BYTES = 256 * 1024 * 1024

/** The whole body as text. Throws ApiError RequestEntityTooLarge above 256 MiB. */
export async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      response.destroy()
      throw apiError('RequestEntityTooLarge', `the answer is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
