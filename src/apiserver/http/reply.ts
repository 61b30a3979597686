import type { ServerResponse } from 'node:http'
import { ApiError, apiError } from '../../kube/status.ts'
import { drained } from '../../lib/drained.ts'
import type { Logger } from '../logger.ts'
import type { Core } from '../pipeline/core.ts'
import { textChunks } from './text-chunks.ts'
import { readSoon } from './unread.ts'

/** Answers with JSON text. */
export function sendJson(response: ServerResponse, code: number, text: string): void {
  send(response, code, 'application/json', text)
}

export function send(
  response: ServerResponse,
  code: number,
  contentType: string,
  content: string | Buffer,
): void {
  // Text goes out together with the head, in one write and one TLS record where it is short.
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(content) })
  response.end(content)
}

/** Not an object of the API: upstream answers such paths as Go's multiplexer does. */
export const sendPageNotFound = (response: ServerResponse): void =>
  send(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')

/** Answers with JSON text that comes in pieces. */
export async function sendPieces(exchange: Answering, code: number, pieces: Iterable<string>): Promise<void> {
  exchange.response.writeHead(code, { 'content-type': 'application/json' })
  await writeChunks(exchange, textChunks(pieces))
}

interface Answering {
  core: Pick<Core, 'clock' | 'hooks'>
  response: ServerResponse
}

/** Writes the parts of an answer, waiting for a client that reads slowly and cutting off one that does not read. */
export async function writeChunks(
  { core, response }: Answering,
  chunks: Iterable<string | Buffer>,
): Promise<void> {
  const client = { drained: () => drained(response), cut: () => response.destroy() }
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await readSoon(core, client, 'answer_unread')
  }
  response.end()
}

/** Adds `Warning` headers, as RFC 7234 and upstream write them; each warning once. */
export function addWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return
  const quoted = warnings.map(text => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`)
  response.setHeader('warning', [
    ...new Set([...[response.getHeader('warning') ?? []].flat().map(String), ...quoted]),
  ])
}

/** The error as clients may see it: an unexpected one is logged and its details kept back. */
export function asApiError(error: unknown, log: Logger): ApiError {
  if (error instanceof ApiError) return error
  log.error({ err: error }, 'a request failed unexpectedly')
  const message = error instanceof Error ? error.message : String(error)
  return apiError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

/** Answers with the error's Status; after the beginning of another answer the connection is cut instead. */
export function sendError(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, warnings } = error
  addWarnings(response, warnings)
  const seconds = status.details?.retryAfterSeconds
  if (seconds) response.setHeader('retry-after', String(seconds))
  sendJson(response, error.code, `${JSON.stringify(status)}\n`)
}
