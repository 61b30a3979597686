import type { Socket } from 'node:net'
import { MAX_HEAD_BYTES } from '../http/fields.ts'
import { RequestHead } from '../http/request-head.ts'
import type { RouteTable } from '../routing/route-table.ts'
import { Flag, type Series } from '../traffic-metrics.ts'
import { type Downstream, Forwarding } from './forwarding.ts'
import { InputBuffer } from './input-buffer.ts'
import { localReplyText } from './local-reply.ts'
import { Plan } from './plan.ts'
import { RequestBody } from './request-body.ts'
import type { Settings, TurnedAway } from './settings.ts'

/** What a connection needs of the listener it came in on. */
export interface ListenerContext {
  readonly settings: Settings
  readonly table: RouteTable
  readonly port: number
  /** Counts requests that no route took. */
  readonly unrouted: Series
  readonly isDraining: boolean
}

const READING = 0
const BODY = 1
const WAITING = 2
const TUNNEL = 3
const CLOSING = 4
const CLOSED = 5

/** Fields of the head being looked at: used up before any other bytes are read, so one serves all. */
const head = new RequestHead()

/** One client: reads its requests one after the other, answers them or has them forwarded. */
export class ClientConnection implements Downstream {
  readonly socket: Socket
  readonly settings: Settings
  readonly plan = new Plan()
  readonly #listener: ListenerContext
  readonly #address: string
  readonly #input = new InputBuffer()
  readonly #body = new RequestBody()
  readonly #forwarding: Forwarding
  #state: number = READING
  #isPumping = false
  #startedAt = 0
  /** In `clock.elapsed()`; the sweep acts when it has passed. */
  deadline: number
  keepAlive = true
  isOld = false
  isHead = false
  wantsUpgrade = false
  method = ''

  constructor(socket: Socket, listener: ListenerContext) {
    this.socket = socket
    this.settings = listener.settings
    this.#listener = listener
    this.#address = socket.remoteAddress ?? 'unknown'
    this.#forwarding = new Forwarding(this)
    this.deadline = this.settings.coarseNow + this.settings.limits.headTimeoutMs
  }

  get isBodyPending(): boolean {
    return this.#state === BODY
  }
  get isDraining(): boolean {
    return this.#listener.isDraining
  }

  // What the client's socket says.

  /** The first `length` bytes of `shared` were read; they are used or copied before this returns. */
  read(shared: Buffer, length: number): void {
    const state = this.#state
    if (state === READING) {
      this.#input.append(shared, length)
      this.#pump()
      if (this.#input.bytes !== undefined) this.#input.own()
      return
    }
    if (state === WAITING) {
      // A pipelined request waits for its turn; no more is read until then.
      this.#input.append(shared, length)
      this.#input.own()
      this.socket.pause()
      return
    }
    if (state !== BODY && state !== TUNNEL) return
    const chunk = copyOf(shared, 0, length)
    if (state === BODY) this.#readBody(chunk)
    else if (!this.#forwarding.send(chunk)) this.socket.pause()
  }

  drained(): void {
    if (this.#state === READING) this.socket.resume()
    else if (this.#forwarding.isActive) {
      this.deadline = this.#state === TUNNEL ? Number.POSITIVE_INFINITY : this.#forwarding.streamDeadline()
      this.#forwarding.clientDrained()
    }
  }

  ended(): void {
    if (this.#state === TUNNEL) {
      this.#forwarding.clientEnded()
      this.deadline = this.settings.coarseNow + this.settings.limits.bodyTimeoutMs
    }
    // A half-close cannot be told from a client that left, and a backend must not work on for the latter.
    else if (this.#state === WAITING || this.#state === BODY) this.socket.destroy()
    else this.socket.end()
  }

  closed(): void {
    const state = this.#state
    this.#state = CLOSED
    this.#input.clear()
    if (state !== BODY && state !== WAITING && state !== TUNNEL) return
    this.#forwarding.abandon()
    if (state === TUNNEL) this.#record(101, Flag.NONE)
    else this.#record(this.#forwarding.status, Flag.CLIENT_CLOSED)
  }

  /** Called a few times a second: gives up on peers that are silent for too long. */
  sweep(now: number): void {
    if (now < this.deadline) return
    this.deadline = Number.POSITIVE_INFINITY
    const forwarding = this.#forwarding
    if (this.#state === CLOSING || this.#state === TUNNEL) this.socket.destroy()
    else if (this.#state === READING && this.#input.bytes === undefined) this.#close()
    else if (this.#state === READING)
      this.#turnAway('timeout', 408, 'the head of the request did not arrive in time')
    else if (forwarding.isConnecting) forwarding.connectFailed('ETIMEDOUT')
    else if (this.#state === BODY) {
      this.settings.turnedAway('timeout')
      forwarding.fail(408, Flag.NONE, 'the body of the request did not arrive in time')
    } else forwarding.timedOut()
  }

  /** Closes the connection as soon as nothing is under way. */
  drain(): void {
    if (this.#state === READING && this.#input.bytes === undefined) this.#close()
    else this.keepAlive = false
  }

  // Requests.

  /** Takes requests out of the input until one has to be waited for. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#state === READING && this.#input.bytes !== undefined)
      if (!this.#readHead(this.#input.bytes)) break
    this.#isPumping = false
  }

  /** False when the head is incomplete or was refused. */
  #readHead(bytes: Buffer): boolean {
    const input = this.#input
    const bodyStart = input.mayHoldHead() ? head.read(bytes, input.start, input.end) : 0
    if (bodyStart === 0) {
      if (!input.isPartial) this.deadline = this.settings.coarseNow + this.settings.limits.headTimeoutMs
      input.markPartial()
      if (input.length > MAX_HEAD_BYTES)
        this.#turnAway('too_large', 431, 'refused: a head of more than 64 KiB')
      return false
    }
    if (bodyStart - input.start > MAX_HEAD_BYTES) head.refuse(431, 'a head of more than 64 KiB')
    if (head.refusal !== undefined) {
      const { status, because } = head.refusal
      this.#turnAway(status === 431 ? 'too_large' : 'malformed', status, `refused: ${because}`)
      return false
    }
    this.#begin(bytes, bodyStart)
    return true
  }

  #begin(bytes: Buffer, bodyStart: number): void {
    this.#startedAt = this.settings.clock.elapsed()
    this.#forwarding.reset()
    this.isOld = head.isOld
    this.method = head.method
    this.isHead = head.method === 'HEAD'
    this.keepAlive = (head.isOld ? head.connectionKeepAlive : !head.connectionClose) && !this.isDraining
    this.wantsUpgrade = head.connectionUpgrade && head.upgradeIndex >= 0 && canUpgrade(bytes)
    this.plan.make(head, bytes, bodyStart, this.#planContext())

    this.#body.begin(head)
    const bodyEnd = this.#body.take(bytes, bodyStart, this.#input.end)
    if (bodyEnd < 0) {
      this.#turnAway('malformed', 400, 'refused: broken chunked framing')
      return
    }
    this.#input.consume(bodyEnd)
    this.#state = this.#body.isWhole ? WAITING : BODY

    const { match, choice, location } = this.plan
    if (match === undefined) {
      this.reply(404, 'no HTTPRoute on this listener matches the request', Flag.NO_ROUTE)
      return
    }
    if (match.rule.redirect !== undefined) {
      this.reply(match.rule.redirect.status, '', Flag.NONE, location)
      return
    }
    if (choice.target === undefined) {
      const { route, name } = match.rule
      this.reply(500, `HTTPRoute ${route}, rule ${name}: the backend is not valid`, Flag.NONE)
      return
    }
    this.#forwarding.begin(bodyEnd > bodyStart ? copyOf(bytes, bodyStart, bodyEnd) : undefined)
  }

  #planContext() {
    const { table, port } = this.#listener
    const { settings, wantsUpgrade } = this
    return { table, port, settings, clientAddress: this.#address, wantsUpgrade }
  }

  #readBody(chunk: Buffer): void {
    const end = this.#body.take(chunk, 0, chunk.length)
    if (end < 0) {
      this.settings.turnedAway('malformed')
      this.#forwarding.fail(400, Flag.NONE, 'refused: broken chunked framing')
      return
    }
    if (this.#body.isWhole) this.#state = WAITING
    if (end < chunk.length) this.#input.append(chunk.subarray(end), chunk.length - end)
    const isFast = this.#forwarding.send(end === chunk.length ? chunk : chunk.subarray(0, end))
    this.deadline = this.#forwarding.isConnecting ? this.deadline : this.#forwarding.streamDeadline()
    if (!isFast) this.socket.pause()
  }

  // What the exchange says.

  responseEnded(status: number): void {
    this.#record(status, Flag.NONE)
    // Without the rest of the request there is no telling where the next one begins.
    if (!this.keepAlive || this.#state === BODY) this.#close()
    else this.#next()
  }

  breakOff(status: number): void {
    this.#record(status, Flag.UPSTREAM_CLOSED)
    this.#state = CLOSED
    // A reset, so that a body without a length is not taken for whole.
    this.socket.resetAndDestroy()
  }

  beginTunnel(): void {
    this.#state = TUNNEL
    this.deadline = Number.POSITIVE_INFINITY
    const { bytes, start, end } = this.#input
    if (bytes !== undefined) this.#forwarding.send(copyOf(bytes, start, end))
    this.#input.clear()
    this.socket.resume()
  }

  tunnelEnded(): void {
    if (this.#state !== TUNNEL) return
    this.#record(101, Flag.NONE)
    this.#close()
  }

  reply(status: number, because: string, flag: Flag, location?: string): void {
    const keepAlive = this.keepAlive && this.#state === WAITING && !this.isOld
    const modifier = location === undefined ? undefined : this.plan.match?.rule.responseHeaders
    const text = localReplyText({ status, because, location, modifier, keepAlive, isHead: this.isHead })
    this.socket.write(text)
    this.#record(status, flag)
    if (keepAlive) this.#next()
    else this.#close()
  }

  /** Refuses a request that has not begun, and the connection with it. */
  #turnAway(reason: TurnedAway, status: number, because: string): void {
    this.settings.turnedAway(reason)
    this.socket.write(
      localReplyText({
        status,
        because,
        location: undefined,
        modifier: undefined,
        keepAlive: false,
        isHead: false,
      }),
    )
    this.#close()
  }

  #next(): void {
    this.#state = READING
    this.deadline = this.settings.coarseNow + this.settings.limits.idleTimeoutMs
    if (this.socket.writableNeedDrain) this.socket.pause()
    else if (this.socket.isPaused()) this.socket.resume()
    if (this.#input.bytes !== undefined) this.#pump()
  }

  /** Ends the stream and reads on for a while: a reset on unread bytes could take the response with it. */
  #close(): void {
    this.#state = CLOSING
    this.#input.clear()
    this.deadline = this.settings.coarseNow + this.settings.limits.lingerMs
    this.socket.end()
    this.socket.resume()
  }

  #record(status: number, flag: Flag): void {
    const { settings, plan } = this
    const { endpoint } = this.#forwarding
    const { target } = plan.choice
    const series = endpoint?.series ?? target?.unserved ?? this.#listener.unrouted
    const durationMs = settings.clock.elapsed() - this.#startedAt
    series.record(status, flag, durationMs)
    settings.accessLog?.({
      method: this.method,
      host: plan.host,
      path: plan.path,
      status,
      flags: flag,
      durationMs,
      route: plan.match?.rule.route ?? '',
      service: target?.key ?? '',
      endpoint: endpoint ? `${endpoint.address}:${endpoint.port}` : '',
      client: this.#address,
    })
  }
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}

/** h2c would let a client speak past this proxy's routes, so it is never passed on; nor is a body with an upgrade. */
function canUpgrade(bytes: Buffer): boolean {
  if (head.method !== 'GET' || head.isOld || head.chunked || head.contentLength > 0) return false
  return head.value(bytes, head.upgradeIndex).toLowerCase() !== 'h2c'
}
