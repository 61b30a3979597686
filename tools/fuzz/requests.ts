import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, createApiServer } from '../../src/apiserver/api-server.ts'
import type { Listener } from '../../src/apiserver/http/listen.ts'
import { equalJson } from '../../src/kube/copy.ts'
import { encodeProtobuf } from '../../src/kube/protobuf/encode.ts'
import { builtinSchema } from '../../src/kube/schema/builtin.ts'
import type { Json, Schema } from '../../src/kube/schema/schema.ts'
import { RealClock } from '../../src/kernel/clock.ts'
import { objectOf } from './object-of-schema.ts'
import { type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'
import { jsonValue, mutated } from './values.ts'

interface Call {
  method: string
  path: string
  type: string
  accept: string
  /** In latin1. */
  body: string
}

const kinds = [
  { prefix: '/api/v1', plural: 'pods', apiVersion: 'v1', kind: 'Pod' },
  { prefix: '/api/v1', plural: 'services', apiVersion: 'v1', kind: 'Service' },
  { prefix: '/api/v1', plural: 'configmaps', apiVersion: 'v1', kind: 'ConfigMap' },
  { prefix: '/api/v1', plural: 'secrets', apiVersion: 'v1', kind: 'Secret' },
  { prefix: '/apis/apps/v1', plural: 'deployments', apiVersion: 'apps/v1', kind: 'Deployment' },
  { prefix: '/apis/batch/v1', plural: 'jobs', apiVersion: 'batch/v1', kind: 'Job' },
  {
    prefix: '/apis/autoscaling/v2',
    plural: 'horizontalpodautoscalers',
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
  },
  {
    prefix: '/apis/networking.k8s.io/v1',
    plural: 'ingresses',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
  },
  {
    prefix: '/apis/rbac.authorization.k8s.io/v1',
    plural: 'roles',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
  },
].map(each => {
  const [group = '', version = ''] = each.apiVersion.includes('/')
    ? each.apiVersion.split('/')
    : ['', each.apiVersion]
  return { ...each, schema: builtinSchema(group, version, each.kind) as Schema }
})
type Row = (typeof kinds)[number]

const names = ['a', 'b', 'c', 'd', 'Not_A_Name', '..', '%00', 'é', 'x'.repeat(300)]
const queries = [
  'dryRun=All',
  'dryRun=x',
  'fieldManager=f',
  'force=true',
  'fieldValidation=Strict',
  'fieldValidation=odd',
  'labelSelector=a%3Db',
  'labelSelector=%3D',
  'fieldSelector=metadata.name%3Da',
  'fieldSelector=x',
  'limit=1',
  'limit=-1',
  'limit=x',
  'continue=x',
  'resourceVersion=0',
  'resourceVersion=1',
  'resourceVersion=x',
  'resourceVersionMatch=Exact',
  'resourceVersionMatch=odd',
  'propagationPolicy=Orphan',
  'propagationPolicy=odd',
  'gracePeriodSeconds=0',
  'gracePeriodSeconds=-5',
  'gracePeriodSeconds=x',
  'pretty=true',
  'sendInitialEvents=true',
  'watch=true&timeoutSeconds=0.001&resourceVersion=x',
  '%',
  '&&=',
]
const accepts = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  '*/*',
  'odd',
  '',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
]
const patchTypes = [
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
const alphabet = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  'null',
  '0',
  '-1',
  '"a"',
  '1e99',
  '\u0000',
  'ÿ',
  'true',
  '{}',
  '[]',
]

function document(row: Row, random: Random): Json {
  const object = objectOf(row.schema, random, 6)
  delete object['status']
  return {
    ...object,
    apiVersion: row.apiVersion,
    kind: row.kind,
    metadata: { name: random.pick(names), ...(random.chance(0.2) ? (object['metadata'] as Json) : {}) },
  }
}

function patchBody(row: Row, random: Random, type: string): unknown {
  if (type.startsWith('application/json-patch'))
    return random.list(3, () => ({
      op: random.pick(['add', 'replace', 'remove', 'test', 'copy', 'move']),
      path: random.pick([
        '/spec',
        '/metadata/labels',
        '/metadata/name',
        '/data/a',
        '/spec/containers/0',
        '',
        '/metadata',
        '/x',
      ]),
      from: random.pick(['/spec', '/metadata', '']),
      value: random.chance(0.5) ? jsonValue(random, 3) : document(row, random)['spec'],
    }))
  return random.chance(0.9) ? document(row, random) : jsonValue(random)
}

function call(random: Random): Call {
  const row = random.pick(kinds)
  const method = random.pick(['GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'OPTIONS'])
  const place = `${row.prefix}/namespaces/${random.pick(['default', 'default', 'default', 'absent'])}/${row.plural}`
  const named =
    method === 'POST' ? random.chance(0.1) : method === 'DELETE' ? random.chance(0.95) : random.chance(0.85)
  const below = random.chance(0.12)
    ? `/${random.pick(['status', 'scale', 'eviction', 'binding', 'log', 'ephemeralcontainers', 'resize', 'token', 'odd'])}`
    : ''
  const query = random.some(queries, 0.05).join('&')
  const type =
    method === 'PATCH'
      ? random.pick(patchTypes)
      : random.pick([
          'application/json',
          'application/json',
          'application/yaml',
          'application/vnd.kubernetes.protobuf',
          'odd',
        ])
  const value = method === 'PATCH' ? patchBody(row, random, type) : document(row, random)
  let body = Buffer.from(JSON.stringify(value) ?? '').toString('latin1')
  if (type.endsWith('protobuf')) body = encodedOr(value, body)
  if (random.chance(0.25)) body = mutated(random, body, alphabet)
  return {
    method,
    path: place + (named ? `/${random.pick(names)}${below}` : '') + (query ? `?${query}` : ''),
    type,
    accept: random.pick(accepts),
    body: method === 'GET' || method === 'OPTIONS' ? '' : body,
  }
}

function encodedOr(value: unknown, otherwise: string): string {
  try {
    return encodeProtobuf(value as object).toString('latin1')
  } catch {
    // A value that does not fit its message is sent as it is.
    return otherwise
  }
}

/** A server of its own on a directory of its own; requests go over TLS as those of any client. */
export async function requestsFuzz(): Promise<Fuzz> {
  const directory = mkdtempSync(join(tmpdir(), 'drave-fuzz-'))
  const faults: string[] = []
  const log = { info() {}, warn() {}, error: (...what: unknown[]) => void faults.push(told(what)) }
  const open = () =>
    createApiServer({ clock: new RealClock(), log, storage: { directory }, tls: { storage: 'memory' } })
  const api = await open()
  const listener = await api.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: listener.credentials.authority })
  const send = (wanted: Call) => answerOf(listener, agent, wanted)
  const contents = () => allObjects(send)

  return {
    properties: [
      property<Call>({
        name: 'a request is answered, and never with a fault of the server',
        generate: call,
        async check(wanted) {
          const before = faults.length
          const answer = await send(wanted)
          // Upstream has no code of its own for an applied configuration that does not fit its type.
          const isUnclassified = answer.text.includes('failed to create typed patch object')
          holds(
            answer.code < 500 || answer.code === 501 || answer.code === 504 || isUnclassified,
            `${answer.code} ${answer.text} ${faults.slice(before).join()}`,
          )
        },
      }),
      property<Call[]>({
        name: 'a refused write leaves everything as it was',
        generate: random => [call(random)],
        async check([wanted]) {
          if (!wanted || wanted.method === 'GET') return
          const changed = async () => {
            const before = api.revision
            const { code } = await send(wanted)
            return code >= 400 && api.revision !== before ? code : undefined
          }
          // Once, the server may have written something of its own meanwhile.
          const code = (await changed()) && (await changed())
          holds(code === undefined, `${code}, and the revision went up`)
        },
      }),
      property<[string, string]>({
        name: 'what is stored is valid: writing it back changes nothing',
        generate: random => [random.pick(kinds).plural, random.pick(['a', 'b', 'c', 'd'])],
        async check([plural, name]) {
          const row = kinds.find(each => each.plural === plural)
          if (!row) return
          const path = `${row.prefix}/namespaces/default/${plural}/${name}`
          const read: Call = { method: 'GET', path, type: '', accept: 'application/json', body: '' }
          const found = await send(read)
          if (found.code !== 200) return
          const body = Buffer.from(found.text).toString('latin1')
          const back = await send({ ...read, method: 'PUT', type: 'application/json', body })
          holds(back.code === 200, `${back.code} ${back.text}`)
          holds(back.text === found.text, `became ${back.text}`)
        },
      }),
    ],
    async finish() {
      try {
        const before = await contents()
        agent.destroy()
        await api[Symbol.asyncDispose]()
        await requireSame(await open(), before)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
  }
}

/** A server started on the same directory has the same objects. */
async function requireSame(api: ApiServer, before: ReadonlyMap<string, unknown>): Promise<void> {
  const listener = await api.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, ca: listener.credentials.authority })
  try {
    const after = await allObjects(wanted => answerOf(listener, agent, wanted))
    for (const [path, object] of before)
      holds(equalJson(after.get(path), object), `${path} differs after a restart`)
    holds(after.size === before.size, `${after.size} objects after a restart, ${before.size} before`)
  } finally {
    agent.destroy()
    await api[Symbol.asyncDispose]()
  }
}

async function allObjects(send: (wanted: Call) => Promise<Answered>): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const { prefix, plural } of kinds) {
    const path = `${prefix}/namespaces/default/${plural}`
    const list = await send({ method: 'GET', path, type: '', accept: 'application/json', body: '' })
    const { items } = JSON.parse(list.text) as { items: { metadata: { name: string } }[] }
    for (const item of items) {
      // The server's own, whose port and authority are others each time.
      if (item.metadata.name === 'kubernetes' || item.metadata.name === 'kube-root-ca.crt') continue
      found.set(`${path}/${item.metadata.name}`, item)
    }
  }
  return found
}

const told = (what: readonly unknown[]): string =>
  what
    .map(part => {
      const error = (part as { err?: Error } | undefined)?.err
      return error?.stack?.split('\n').slice(0, 6).join('\n') ?? String(part)
    })
    .join(' ')

interface Answered {
  code: number
  text: string
}

function answerOf(
  listener: Listener,
  agent: Agent,
  { method, path, type, accept, body }: Call,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, 'latin1')
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: listener.port,
        method,
        path: encodeURI(path).replaceAll('%25', '%'),
        agent,
        headers: {
          authorization: `Bearer ${listener.credentials.token}`,
          ...(type ? { 'content-type': type } : {}),
          ...(accept ? { accept } : {}),
          ...(bytes.length > 0 ? { 'content-length': bytes.length } : {}),
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
        response.on('error', reject)
      },
    )
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error('no answer for 10 s')))
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}
