import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RealClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { requestOf } from '../webhooks/admission-review.ts'
import { asking, coreTarget, pod } from '../testing.ts'
import type { CommandOptions } from './connector.ts'
import type { Listener } from './listen.ts'

const asked: AdmissionRequest[] = []
const ran: CommandOptions[] = []
const plugin: AdmissionPlugin = {
  name: 'Watchful',
  connections: true,
  handles: ({ operation }) => operation === 'CONNECT',
  mutate(request) {
    asked.push({ ...request, object: structuredClone(request.object) })
    const options = request.object as unknown as { command: string[] }
    if (options.command[0] === 'vi') options.command = ['ed']
  },
  validate({ object }) {
    const { command } = object as unknown as { command: string[] }
    if (command[0] === 'rm') throw apiError('Forbidden', 'no rm')
  },
}
/** Would fail at what has no metadata. */
const unaware: AdmissionPlugin = {
  name: 'Unaware',
  handles: ({ object }) => object?.metadata.name === 'x',
  validate() {},
}

let api: ApiServer
let listener: Listener
const { create } = asking(() => api)
beforeAll(async () => {
  api = await createApiServer({
    clock: new RealClock(),
    log: silentLog,
    storage: 'memory',
    tls: { storage: 'memory' },
    admission: [plugin, unaware],
  })
  const command = {
    command: (_object: object, options: CommandOptions) => {
      ran.push(options)
      return async () => 0
    },
  }
  listener = await api.listen({
    host: '127.0.0.1',
    port: 0,
    connectors: { commands: { 'pods/exec': command } },
  })
  await create(coreTarget('pods', 'default'), 'p', pod())
})
afterAll(() => api[Symbol.asyncDispose]())
beforeEach(() => {
  asked.length = 0
  ran.length = 0
})

/** `open`, or how it was refused. */
async function exec(query: string): Promise<string> {
  const socket = new WebSocket(
    `${listener.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/p/exec?${query}`,
    'v5.channel.k8s.io',
    {
      ca: listener.credentials.authority,
      headers: { authorization: `Bearer ${listener.credentials.token}` },
    },
  )
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let text = ''
    for await (const chunk of response) text += chunk
    return `${response.statusCode} ${JSON.parse(text).message}`
  })
  const outcome = await Promise.race([once(socket, 'open').then(() => 'open'), refused])
  if (outcome === 'open') await once(socket, 'close')
  return outcome
}

it('shows admission what is about to be opened, as an object', async () => {
  expect(await exec('command=ls&command=-l&stdout=true&container=c')).toBe('open')
  const [request] = asked
  if (!request) throw new Error('nobody was asked')
  const { kind, plural, group, version } = request.kind
  const shown = { kind, plural, group, version, object: request.object, previous: undefined }
  expect({ ...requestOf(request, shown), object: request.object }).toMatchObject({
    kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: 'exec',
    name: 'p',
    namespace: 'default',
    operation: 'CONNECT',
    userInfo: { username: 'drave-admin' },
    options: null,
    object: { apiVersion: 'v1', kind: 'PodExecOptions', command: ['ls', '-l'], stdout: true, container: 'c' },
  })
})

it('opens what admission made of it', async () => {
  expect(await exec('command=vi&stdout=true')).toBe('open')
  expect(ran).toMatchObject([{ command: ['ed'], stdout: true }])
})

it('opens nothing that is refused', async () => {
  expect(await exec('command=rm&stdout=true')).toBe('403 no rm')
  expect(await exec('command=ls&stdout=true&dryRun=All')).toBe('400 dryRun is not supported')
  expect(ran).toEqual([])
})

it('asks admission policies too', async () => {
  const target = (plural: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', plural })
  const rule = { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] }
  await create(target('validatingadmissionpolicies'), 'no-shells', {
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [
        { expression: "object.command[0] != 'sh'", messageExpression: 'request.requestKind.kind' },
      ],
    },
  })
  await create(target('validatingadmissionpolicybindings'), 'no-shells', {
    spec: { policyName: 'no-shells', validationActions: ['Deny'] },
  })
  expect(await exec('command=sh&stdout=true')).toBe(
    "422 pods \"p\" is forbidden: ValidatingAdmissionPolicy 'no-shells' with binding 'no-shells' denied request: PodExecOptions",
  )
  expect(await exec('command=ls&stdout=true')).toBe('open')
})
