import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Container, HTTPGetAction, TCPSocketAction } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { CheckResult } from './probe-state.ts'

/** At most so much of an answer is read. */
const MAX_BODY_BYTES = 10 * 1024

export interface CheckInput {
  container: Container
  /** The pod's address. */
  address: string
  timeoutMs: number
  clock: Clock
  /** Ends the check before its time. */
  signal?: AbortSignal
}

/** The number behind a probe's `port`, which may be the name of a container port. */
export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  return container.ports?.find(candidate => candidate.name === port)?.containerPort
}

/** GET that succeeds with a status from 200 to 399; redirects are not followed, as they count as success. */
export function checkHttp(action: HTTPGetAction, input: CheckInput): Promise<CheckResult> {
  const port = portNumber(action.port, input.container)
  if (port === undefined) return Promise.resolve({ ok: false, message: unknownPort(action.port) })
  const secure = action.scheme?.toUpperCase() === 'HTTPS'
  const host = action.host || input.address
  const path = escapedPath(action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`)
  const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`
  const headers: Record<string, string> = { 'User-Agent': 'kube-probe/1.36', Accept: '*/*' }
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value
  const answered = new Promise<CheckResult>(resolve => {
    // The kubelet does not verify certificates either: it asks whether the server answers, not who it is.
    const outgoing = (secure ? httpsRequest : httpRequest)({
      host,
      port,
      path,
      headers,
      agent: false,
      ...(secure ? { rejectUnauthorized: false } : {}),
    })
    const timer = input.clock.after(input.timeoutMs, () =>
      finish({
        ok: false,
        message: `Get "${url}": context deadline exceeded (no answer within the timeout)`,
      }),
    )
    const finish = (result: CheckResult) => {
      timer[Symbol.dispose]()
      input.signal?.removeEventListener('abort', cancel)
      outgoing.destroy()
      resolve(result)
    }
    const cancel = () => finish({ ok: false, message: `Get "${url}": context canceled` })
    input.signal?.addEventListener('abort', cancel, { once: true })
    outgoing.on('error', error =>
      finish({ ok: false, message: `Get "${url}": ${dialError(error, host, port)}` }),
    )
    outgoing.on('response', response => {
      const code = response.statusCode ?? 0
      const answer = (): CheckResult =>
        code >= 200 && code < 400
          ? { ok: true }
          : { ok: false, message: `HTTP probe failed with statuscode: ${code}` }
      let read = 0
      response.on('data', (chunk: Buffer) => {
        read += chunk.length
        if (read > MAX_BODY_BYTES) finish(answer())
      })
      response.on('end', () => finish(answer()))
      response.on('error', () => finish(answer()))
    })
    outgoing.end()
  })
  // A header that HTTP does not know how to write is thrown.
  return answered.catch(error => ({ ok: false, message: `Get "${url}": ${(error as Error).message}` }))
}

/** With what a request line cannot hold percent-encoded, as Go's URLs are. */
const escapedPath = (path: string): string =>
  Buffer.from(path)
    .toString()
    .replace(/[^\x21-\x7e]+/g, run => encodeURIComponent(run))

/** Succeeds when a connection is accepted. */
export function checkTcp(action: TCPSocketAction, input: CheckInput): Promise<CheckResult> {
  const port = portNumber(action.port, input.container)
  if (port === undefined) return Promise.resolve({ ok: false, message: unknownPort(action.port) })
  const host = action.host || input.address
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const timer = input.clock.after(input.timeoutMs, () =>
      finish({ ok: false, message: `dial tcp ${host}:${port}: i/o timeout` }),
    )
    const finish = (result: CheckResult) => {
      timer[Symbol.dispose]()
      socket.destroy()
      resolve(result)
    }
    socket.on('error', error => finish({ ok: false, message: dialError(error, host, port) }))
    socket.on('connect', () => finish({ ok: true }))
  })
}

const unknownPort = (port: number | string): string =>
  `port "${port}" is not the name of one of the container's ports`

function dialError(error: Error, host: string, port: number): string {
  const { code } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`
    case 'ECONNRESET':
      return `read tcp ${host}:${port}: connection reset by peer`
    default:
      return error.message || String(code)
  }
}
