import type { IncomingMessage } from 'node:http'
import { apiError } from '../../kube/status.ts'
import type { ApiServerHooks } from '../hooks.ts'

/** As much as upstream takes in one request. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024

/** The client went away before its request was whole. */
export class RequestAborted extends Error {
  override name = 'RequestAborted'
}

/** Reads a body; throws ApiError 413 as soon as it is too long. */
export function readBody(request: IncomingMessage, hooks: ApiServerHooks): Promise<Buffer> {
  const tooLarge = () => {
    hooks.limitHit?.('body')
    return apiError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`)
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk)
        return
      }
      request.pause()
      request.removeAllListeners('data')
      reject(tooLarge())
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('close', () => {
      if (!request.complete) reject(new RequestAborted('the connection was closed'))
    })
    request.on('error', reject)
  })
}
