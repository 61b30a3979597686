import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../../kernel/clock.ts'

/** A target that did not answer as it should, and why. */
export class ScrapeError extends Error {
  override name = 'ScrapeError'
}

const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1'

export interface Fetched {
  text: string
  contentType: string
}

export interface FetchLimits {
  timeoutMs: number
  maxBytes: number
}

/** Connections to targets, kept open between scrapes. */
export class ExpositionClient implements Disposable {
  readonly #clock: Clock
  readonly #limits: FetchLimits
  readonly #agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }),
    https: new https.Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }),
  }

  constructor(clock: Clock, limits: FetchLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Reads a target. Throws ScrapeError. */
  fetch(url: string, signal: AbortSignal): Promise<Fetched> {
    const { timeoutMs, maxBytes } = this.#limits
    return new Promise((resolve, reject) => {
      const secure = url.startsWith('https:')
      const headers = {
        accept: ACCEPT,
        'user-agent': 'drave',
        'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
      }
      const request = (secure ? https : http).get(
        url,
        { agent: secure ? this.#agents.https : this.#agents.http, headers, signal },
        response => {
          const { statusCode = 0, statusMessage = '' } = response
          if (statusCode !== 200) {
            response.resume()
            fail(`server returned HTTP status ${statusCode} ${statusMessage}`)
            return
          }
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > maxBytes) fail(`the body is larger than ${maxBytes} bytes`)
            else chunks.push(chunk)
          })
          response.on('error', error => fail(error.message))
          response.on('end', () => {
            timer[Symbol.dispose]()
            const contentType = response.headers['content-type'] ?? ''
            resolve({ text: Buffer.concat(chunks).toString('utf8'), contentType })
          })
        },
      )
      const fail = (reason: string) => {
        timer[Symbol.dispose]()
        request.destroy()
        reject(new ScrapeError(reason))
      }
      const timer = this.#clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`))
      request.on('error', error => fail(error.message))
    })
  }

  [Symbol.dispose](): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }
}
