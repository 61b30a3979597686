import type { Socket } from 'node:net'
import type { ResponseHead } from '../http/response-head.ts'
import { Flag } from '../traffic-metrics.ts'
import type { Endpoint } from './endpoint.ts'
import { passesUntouched, responseHeadText } from './forward-head.ts'
import type { Plan } from './plan.ts'
import type { Settings } from './settings.ts'
import type { Exchange, UpstreamConnection } from './upstream-connection.ts'

/** The client's side of an exchange. */
export interface Downstream {
  readonly socket: Socket
  readonly settings: Settings
  readonly plan: Plan
  readonly isHead: boolean
  readonly isOld: boolean
  readonly wantsUpgrade: boolean
  readonly isDraining: boolean
  readonly method: string
  /** Whether some of the request's body has not been read yet. */
  readonly isBodyPending: boolean
  keepAlive: boolean
  deadline: number
  /** Answers instead of the backend; only before a response has begun. */
  reply(status: number, because: string, flag: Flag): void
  responseEnded(status: number): void
  /** A response that cannot be completed any more. */
  breakOff(status: number): void
  beginTunnel(): void
  tunnelEnded(): void
}

/** Attempts at making a connection, over different endpoints where there are several. */
const MAX_CONNECT_ATTEMPTS = 3
/** A request that cannot be repeated only goes on a pooled connection used so recently that the peer surely keeps it. */
const FRESH_MS = 1000
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** Carries one request at a time to an endpoint and its response back; reused for all requests of a connection. */
export class Forwarding implements Exchange {
  readonly #client: Downstream
  #upstream: UpstreamConnection | undefined
  endpoint: Endpoint | undefined
  /** Of the response; 0 before it has begun. */
  status = 0
  #held: Buffer | undefined
  #isBodySent = false
  #attempts = 0
  #timer: Disposable | undefined

  constructor(client: Downstream) {
    this.#client = client
  }

  get isActive(): boolean {
    return this.#upstream !== undefined
  }
  get isConnecting(): boolean {
    return this.#upstream?.isConnecting === true
  }
  get isHead(): boolean {
    return this.#client.isHead
  }
  get wantsUpgrade(): boolean {
    return this.#client.wantsUpgrade
  }
  get dechunks(): boolean {
    return this.#client.isOld
  }
  get isRequestSent(): boolean {
    return !this.#client.isBodyPending
  }

  reset(): void {
    this.endpoint = undefined
    this.status = 0
    this.#held = undefined
    this.#isBodySent = false
    this.#attempts = 0
  }

  /** Starts the planned request; `body` is what came of it together with the head. */
  begin(body: Buffer | undefined): void {
    this.#held = body
    const rule = this.#client.plan.match?.rule
    if (rule !== undefined && rule.requestTimeoutMs > 0) this.#startTimer(rule.requestTimeoutMs)
    this.#dispatch(this.#isRepeatable() ? Number.POSITIVE_INFINITY : FRESH_MS)
  }

  /** More of the request's body, or bytes of a tunnel; false when the upstream is slower than this. */
  send(bytes: Buffer): boolean {
    const upstream = this.#upstream
    if (upstream === undefined || upstream.isConnecting) {
      this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes])
      return false
    }
    this.#isBodySent = true
    return upstream.socket.write(bytes)
  }

  clientDrained(): void {
    this.#upstream?.socket.resume()
  }
  clientEnded(): void {
    this.#upstream?.socket.end()
  }

  /** Ends the exchange without another word to the client. */
  abandon(): void {
    this.#upstream?.destroy()
    this.#leave()
    this.clearTimer()
  }

  clearTimer(): void {
    if (this.#timer === undefined) return
    this.#timer[Symbol.dispose]()
    this.#timer = undefined
  }

  /** The deadline for the next sign of life. */
  streamDeadline(): number {
    const { coarseNow, limits } = this.#client.settings
    return coarseNow + (this.#client.isBodyPending ? limits.bodyTimeoutMs : limits.streamIdleTimeoutMs)
  }

  fail(status: number, flag: Flag, because: string): void {
    this.abandon()
    if (this.status !== 0) {
      this.#client.breakOff(this.status)
      return
    }
    this.#client.reply(status, because, flag)
  }

  timedOut(): void {
    this.fail(504, Flag.UPSTREAM_TIMEOUT, 'the backend did not answer in time')
  }

  #isRepeatable(): boolean {
    const { isBodyPending, method } = this.#client
    return !this.#isBodySent && this.#held === undefined && !isBodyPending && REPEATABLE.has(method)
  }

  #startTimer(ms: number): void {
    this.#timer = this.#client.settings.clock.after(ms, () => this.timedOut())
  }

  #dispatch(maxIdleMs: number): void {
    const client = this.#client
    const { limits, coarseNow, turnedAway } = client.settings
    // A plan without a target is answered before it comes here.
    const target = client.plan.choice.target!
    const endpoint = target.pick(coarseNow, this.endpoint)
    if (endpoint === undefined) {
      this.fail(503, Flag.NO_HEALTHY_UPSTREAM, `Service ${target.key} has no ready endpoints`)
      return
    }
    this.endpoint = endpoint
    if (endpoint.active >= limits.maxConnectionsPerEndpoint) {
      turnedAway('endpoint_limit')
      this.fail(503, Flag.UPSTREAM_OVERFLOW, `Service ${target.key} has too many requests under way`)
      return
    }
    endpoint.active++
    const upstream = endpoint.take(this, maxIdleMs)
    this.#upstream = upstream
    if (!upstream.isConnecting) {
      this.#sendHead(upstream)
      return
    }
    client.deadline = coarseNow + limits.connectTimeoutMs
    if (client.isBodyPending) client.socket.pause()
  }

  #sendHead(upstream: UpstreamConnection): void {
    const client = this.#client
    const timeoutMs = client.plan.match?.rule.backendTimeoutMs ?? 0
    if (timeoutMs > 0 && this.#timer === undefined) this.#startTimer(timeoutMs)
    client.deadline = this.streamDeadline()
    const { socket } = upstream
    const held = this.#held
    if (held === undefined) {
      socket.write(client.plan.headText, 'latin1')
      return
    }
    this.#held = undefined
    this.#isBodySent = true
    socket.cork()
    socket.write(client.plan.headText, 'latin1')
    const isFast = socket.write(held)
    socket.uncork()
    if (!isFast && client.isBodyPending) client.socket.pause()
  }

  #leave(): void {
    if (this.#upstream === undefined) return
    this.#upstream = undefined
    if (this.endpoint !== undefined) this.endpoint.active--
  }

  // What the upstream connection says.

  connected(): void {
    if (this.#client.isBodyPending) this.#client.socket.resume()
    if (this.#upstream !== undefined) this.#sendHead(this.#upstream)
  }

  upstreamDrained(): void {
    this.#client.socket.resume()
  }

  connectFailed(code: string): void {
    this.#upstream?.destroy()
    this.#leave()
    const { endpoint } = this
    const { target } = this.#client.plan.choice
    endpoint?.noteFailure()
    if (++this.#attempts < MAX_CONNECT_ATTEMPTS && (target?.endpoints.length ?? 0) > 1) {
      this.#dispatch(Number.POSITIVE_INFINITY)
      return
    }
    this.fail(
      code === 'ETIMEDOUT' ? 504 : 503,
      Flag.UPSTREAM_FAILURE,
      `no connection to ${endpoint?.address}:${endpoint?.port} of Service ${target?.key}: ${code}`,
    )
  }

  lostBeforeResponse(): void {
    const wasReused = this.#upstream?.isReused === true
    this.#leave()
    // The peer may have closed a pooled connection just when it was taken: once more, on a new one.
    if (wasReused && this.#attempts++ === 0 && this.#isRepeatable()) {
      this.#dispatch(-1)
      return
    }
    this.fail(502, Flag.UPSTREAM_CLOSED, 'the backend closed the connection without a response')
  }

  badResponse(because: string): void {
    this.#leave()
    this.fail(502, Flag.UPSTREAM_PROTOCOL, `the backend answered with ${because}`)
  }

  interim(bytes: Buffer): void {
    // HTTP/1.0 knows no interim responses (RFC 9110 section 15.2).
    if (!this.#client.isOld) this.#client.socket.write(bytes)
  }

  responseHead(head: ResponseHead, buffer: Buffer, bodyStart: number, end: number): boolean {
    const client = this.#client
    const { status } = head
    this.status = status
    const hasBody = !client.isHead && status !== 204 && status !== 304
    const isUntilClose = hasBody && head.contentLength < 0 && (!head.chunked || client.isOld)
    if (isUntilClose || client.isBodyPending || client.isDraining) client.keepAlive = false
    const changes = {
      modifier: client.plan.choice.responseHeaders,
      setCookie: client.plan.setCookie,
      keepAlive: client.keepAlive,
      isOldClient: client.isOld,
      dechunk: client.isOld,
    }
    client.deadline = this.streamDeadline()
    if (passesUntouched(head, changes)) {
      const from = head.statusStart - 8
      const copy = Buffer.allocUnsafe(end - from)
      buffer.copy(copy, 0, from, end)
      return this.#write(copy)
    }
    const text = responseHeadText(buffer, head, bodyStart, changes)
    // One buffer, one write: cheaper than two for bodies of a usual size.
    const whole = Buffer.allocUnsafe(text.length + end - bodyStart)
    whole.write(text, 0, 'latin1')
    buffer.copy(whole, text.length, bodyStart, end)
    return this.#write(whole)
  }

  responseData(chunk: Buffer): boolean {
    this.#client.deadline = this.streamDeadline()
    return this.#write(chunk)
  }

  #write(bytes: Buffer): boolean {
    if (this.#client.socket.write(bytes)) return true
    const { coarseNow, limits } = this.#client.settings
    this.#client.deadline = coarseNow + limits.bodyTimeoutMs
    return false
  }

  responseEnd(): void {
    this.#leave()
    this.clearTimer()
    this.#client.responseEnded(this.status)
  }

  responseBroken(): void {
    this.abandon()
    this.#client.breakOff(this.status)
  }

  switchedProtocols(bytes: Buffer): void {
    this.clearTimer()
    this.#client.socket.write(bytes)
    this.#client.beginTunnel()
  }

  tunnelEnd(): void {
    this.#leave()
    this.#client.tunnelEnded()
  }
}
