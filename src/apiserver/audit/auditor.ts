import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { copyJson } from '../../kube/copy.ts'
import type { Status } from '../../kube/generated/meta-v1.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { type Clock, toMicroTime } from '../../lib/clock.ts'
import type { Attributes, Decision } from '../rbac/attributes.ts'
import type { UserInfo } from '../request.ts'
import type { AuditLog } from './audit-log.ts'
import { type AuditPolicy, LEVELS, type Level, type Recording, recordingOf, type Stage } from './policy.ts'

/** Records who asked for what, and what came of it, as far as a policy wants. */
export class Auditor {
  readonly #policy: AuditPolicy
  readonly #log: AuditLog
  readonly #clock: Clock

  constructor({ policy, log, clock }: { policy: AuditPolicy; log: AuditLog; clock: Clock }) {
    this.#policy = policy
    this.#log = log
    this.#clock = clock
  }

  /** Begins the record of a request; undefined where the policy wants none. */
  begin(request: IncomingMessage, asked: Attributes): AuditRecord | undefined {
    const recording = recordingOf(this.#policy, asked)
    if (!recording) return undefined
    const record = new AuditRecord({ recording, request, asked, log: this.#log, clock: this.#clock })
    record.stage('RequestReceived')
    return record
  }
}

interface RecordParts {
  recording: Recording
  request: IncomingMessage
  asked: Attributes
  log: AuditLog
  clock: Clock
}

/** The record of one request, written once a stage. */
export class AuditRecord {
  readonly #parts: RecordParts
  readonly #event: Record<string, unknown>
  readonly #annotations: Record<string, string> = {}
  readonly #id = randomUUID()

  constructor(parts: RecordParts) {
    this.#parts = parts
    const { request, asked, clock } = parts
    this.#event = {
      requestURI: request.url,
      verb: asked.verb,
      user: asked.user,
      sourceIPs: request.socket.remoteAddress ? [request.socket.remoteAddress] : undefined,
      userAgent: request.headers['user-agent'],
      objectRef: 'path' in asked ? undefined : referenceTo(asked, request.url ?? ''),
      requestReceivedTimestamp: toMicroTime(clock.now()),
    }
  }

  impersonates(user: UserInfo): void {
    this.#event.impersonatedUser = user
  }

  decided({ allowed, reason }: Decision): void {
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    this.annotate('authorization.k8s.io/reason', reason)
  }

  /** Says something about the request under a name that has a domain; what was said first under it stays. */
  annotate(name: string, value: string, level: Level = 'Metadata'): void {
    if (!this.#has(level)) return
    if (!Object.hasOwn(this.#annotations, name)) this.#annotations[name] = value
    this.#event.annotations = this.#annotations
  }

  /** What the client sent, where its level asks for that. */
  requestBody(value: unknown): void {
    // A copy, since the server goes on to change what it was sent.
    if (this.#has('Request') && value !== undefined) this.#event.requestObject = copyJson(this.#shown(value))
  }

  /** What it is answered with; `value` is called only where the level asks for that. */
  responseBody(value: () => unknown): void {
    if (this.#has('RequestResponse')) this.#event.responseObject = this.#shown(value())
  }

  /** The answer is complete. */
  end(code: number, failure: Status | undefined): void {
    this.#event.responseStatus = failure
      ? { metadata: {}, status: failure.status, message: failure.message, reason: failure.reason, code }
      : { metadata: {}, code }
    if (failure) this.responseBody(() => failure)
    this.stage('ResponseComplete')
  }

  stage(stage: Stage): void {
    const { recording, log, clock } = this.#parts
    if (recording.omitStages.includes(stage)) return
    const head = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: recording.level,
      auditID: this.#id,
      stage,
    }
    log.write(JSON.stringify({ ...head, ...this.#event, stageTimestamp: toMicroTime(clock.now()) }))
  }

  #has(level: Level): boolean {
    return LEVELS.indexOf(this.#parts.recording.level) >= LEVELS.indexOf(level)
  }

  #shown(value: unknown): unknown {
    if (!isJsonObject(value)) return value
    const { asked, recording } = this.#parts
    const shown = 'path' in asked ? value : withoutTokens(value)
    if (!recording.omitManagedFields || !isJsonObject(shown.metadata)) return shown
    const { managedFields: _managed, ...metadata } = shown.metadata
    return { ...shown, metadata }
  }
}

/** Bearer tokens let in whoever reads them, at any level. */
function withoutTokens(value: Record<string, unknown>): Record<string, unknown> {
  const { kind, status, spec } = value
  if (kind === 'TokenRequest' && isJsonObject(status) && 'token' in status)
    return { ...value, status: { ...status, token: '' } }
  if (kind === 'TokenReview' && isJsonObject(spec)) return { ...value, spec: { ...spec, token: '' } }
  return value
}

function referenceTo(asked: Exclude<Attributes, { path: string }>, url: string): object {
  const { resource, subresource, namespace, name, group } = asked
  const version = group === '' ? url.split('/')[2] : url.split('/')[3]
  return {
    resource,
    namespace: namespace || undefined,
    name: name || undefined,
    apiGroup: group || undefined,
    apiVersion: version,
    subresource: subresource || undefined,
  }
}
