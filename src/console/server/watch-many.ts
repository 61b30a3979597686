import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Passage } from '../../kernel/console-api.ts'

/** Collections that one stream may follow. */
const MAX_COLLECTIONS = 256

export interface Followed {
  path: string
  resourceVersion: string
}

/** The `c` parameters of `/-/watch`: `PATH@RESOURCEVERSION`, once a collection. Throws with what is wrong. */
export function followedOf(query: URLSearchParams): Followed[] {
  const followed = query.getAll('c').map(text => {
    const at = text.lastIndexOf('@')
    const [path, resourceVersion] = [text.slice(0, at), text.slice(at + 1)]
    if (!/^\/apis?(\/[A-Za-z0-9.-]+)+$/.test(path) || path.includes('..') || !/^\d+$/.test(resourceVersion))
      throw new Error(`c=${text}: must be PATH@RESOURCEVERSION`)
    return { path, resourceVersion }
  })
  if (followed.length === 0 || followed.length > MAX_COLLECTIONS)
    throw new Error(`name one to ${MAX_COLLECTIONS} collections with c=PATH@RESOURCEVERSION`)
  return followed
}

export interface WatchUpstream {
  /** The API server's URL. */
  base: string
  passage: Passage
}

/**
 * Follows many collections over one connection, since a browser opens six to a server at most. Each line is
 * `PATH EVENT`, the event as the API sent it; a watch that ends, or is refused, is a line `PATH {"type":"ENDED"}`.
 */
export function watchMany(
  response: ServerResponse,
  { followed, upstream }: { followed: readonly Followed[]; upstream: WatchUpstream },
): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  const answers = new Set<IncomingMessage>()
  const stop = new AbortController()
  const write = (text: string) => {
    if (response.write(text) || answers.size === 0) return
    // The browser reads more slowly than the cluster changes: nothing more is read until it has caught up.
    for (const answer of answers) answer.pause()
    response.once('drain', () => {
      for (const answer of answers) answer.resume()
    })
  }
  for (const { path, resourceVersion } of followed) {
    const url = new URL(
      `${upstream.base}${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`,
    )
    const { agent, headers: proof } = upstream.passage
    const headers = { accept: 'application/json', ...proof }
    const ended = () => {
      if (!response.writableEnded && !stop.signal.aborted) write(`${path} {"type":"ENDED"}\n`)
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(url, { agent, headers, signal: stop.signal }, answer => {
      if (answer.statusCode !== 200) {
        if (answer.statusCode === 401) upstream.passage.refused()
        answer.resume()
        ended()
        return
      }
      answers.add(answer)
      let rest = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        if (lines.length > 0) write(lines.map(line => `${path} ${line}\n`).join(''))
      })
      answer.on('error', () => {})
      answer.on('close', () => {
        answers.delete(answer)
        ended()
      })
    })
    outgoing.on('error', ended)
    outgoing.end()
  }
  response.on('close', () => stop.abort())
}
