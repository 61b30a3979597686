import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiClient } from './api-client.ts'
import { Drave, until } from './drave.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const BOATS = '/apis/bad.example.org/v1/namespaces/default/boats'
const APPLY = { type: 'application/apply-patch+yaml' }
const MERGE = { type: 'application/merge-patch+json' }
const map = (name: string, data: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

const drave = new Drave()
const api = new ApiClient(drave)
beforeAll(() => drave.up('--only', 'apiserver'))
afterAll(async () => {
  api[Symbol.dispose]()
  if (isMounted) execFileSync('umount', [small])
  await drave[Symbol.asyncDispose]()
})
const isAbsent = async (name: string) =>
  expect((await api.call('GET', `${MAPS}/${name}`)).code, `${name} is there`).toBe(404)

describe('a body', () => {
  it('that is too large is refused with 413, by its length or as it comes', async () => {
    const body = JSON.stringify(map('large', { text: 'x'.repeat(4 * 1024 * 1024) }))
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await api.call('POST', MAPS, { body, headers }).catch(error => error as Error)
      // A connection that is cut while it still sends is the other way that HTTP has to say so.
      if (answer instanceof Error) expect(answer.message).toMatch(/EPIPE|ECONNRESET/)
      else expect(answer.json()).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' })
    }
    await isAbsent('large')
  })

  const nested = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  it.each([
    ['nested too deeply', nested, 'nested deeper than'],
    ['cut short', '{"apiVersion":"v1","kind":"ConfigMap"', 'json parse error'],
    [
      'not UTF-8',
      Buffer.from(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bad"},"data":{"a":"\xff"}}',
        'latin1',
      ),
      'UTF-8',
    ],
    ['of another kind', JSON.stringify({ ...map('bad'), kind: 'Secret' }), 'Secret'],
    ['a list', '[]', ''],
    ['a number', '7', ''],
  ])('that is %s is refused with 400', async (_, body, message) => {
    const answer = await api.call('POST', MAPS, { body })
    expect(answer.json()).toMatchObject({ kind: 'Status', code: 400, reason: 'BadRequest' })
    expect(answer.json()['message']).toContain(message)
    await isAbsent('bad')
  })

  it('with a key twice is refused where it shall be strict, and warned of where not', async () => {
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'
    const strict = await api.call('POST', `${MAPS}?fieldValidation=Strict`, { body })
    expect(strict.json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('strict decoding error: duplicate field "data.a"'),
    })
    await isAbsent('twice')
    const warned = await api.call('POST', MAPS, { body })
    expect(warned.headers['warning']).toContain('duplicate field')
    expect(warned.json()['data']).toEqual({ a: '2' })
  })

  it('with several mistakes is refused with a cause for each', async () => {
    const answer = await api.call('POST', '/apis/apps/v1/namespaces/default/deployments', {
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'Bad_Name' },
        spec: { replicas: -1 },
      },
    })
    const { details, ...status } = answer.json<{ details: { causes: { field: string }[] } }>()
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(details.causes.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['metadata.name', 'spec.replicas', 'spec.selector']),
    )
  })
})

describe('managers that conflict', () => {
  it('learn of each field, and nothing of the apply is done', async () => {
    const apply = (manager: string, data: object) =>
      api.call('PATCH', `${MAPS}/owned?fieldManager=${manager}`, { body: map('owned', data), ...APPLY })
    expect((await apply('one', { a: '1', b: '1' })).code).toBe(201)
    const refused = await apply('two', { a: '2', b: '2', c: '2' })
    expect(refused.json()).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.b' },
        ],
      },
    })
    expect((await api.call('GET', `${MAPS}/owned`)).json()['data']).toEqual({ a: '1', b: '1' })
  })
})

describe('a definition that does not fit what is stored', () => {
  const definition = (versions: string[], size: object) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.bad.example.org' },
    spec: {
      group: 'bad.example.org',
      scope: 'Namespaced',
      names: { kind: 'Boat', plural: 'boats' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size, name: { type: 'string' } } } },
          },
        },
      })),
    },
  })
  const boat = (spec: object) => ({
    apiVersion: 'bad.example.org/v1',
    kind: 'Boat',
    metadata: { name: 'a' },
    spec,
  })
  beforeAll(async () => {
    await api.call('POST', DEFINITIONS, { body: definition(['v1'], { type: 'integer' }) })
    await until(
      'boats',
      async () => (await api.call('POST', BOATS, { body: boat({ size: 3 }) })).code === 201,
    )
  })

  it('is refused where it drops a version in which objects are stored', async () => {
    const body = definition(['v2'], { type: 'integer' })
    const answer = await api.call('PATCH', `${DEFINITIONS}/boats.bad.example.org`, { body, ...MERGE })
    expect(answer.json()).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(answer.text).toContain('status.storedVersions[0]')
    expect((await api.call('GET', `${BOATS}/a`)).code).toBe(200)
  })

  it('leaves them readable and changeable elsewhere, and refuses what is wrong where it changes', async () => {
    const body = definition(['v1'], { type: 'integer', minimum: 5 })
    expect((await api.call('PATCH', `${DEFINITIONS}/boats.bad.example.org`, { body, ...MERGE })).code).toBe(
      200,
    )
    await until('the new schema', async () => {
      const answer = await api.call('POST', `${BOATS}?dryRun=All`, {
        body: { ...boat({ size: 4 }), metadata: { name: 'b' } },
      })
      return answer.code === 422
    })
    expect((await api.call('GET', `${BOATS}/a`)).json()['spec']).toEqual({ size: 3 })
    const patch = (spec: object) => api.call('PATCH', `${BOATS}/a`, { body: { spec }, ...MERGE })
    expect((await patch({ name: 'Ann' })).code).toBe(200)
    expect((await patch({ size: 4 })).json()).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.size' }] },
    })
    expect((await patch({ size: 6 })).code).toBe(200)
  })
})

describe('a webhook', () => {
  const HOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  let server: Server
  let answer: (review: { request: { uid: string; name: string } }) => Promise<string | undefined>
  beforeAll(async () => {
    const [key, cert] = [join(drave.folder, 'hook.key'), join(drave.folder, 'hook.crt')]
    const subject = ['-subj', '/CN=hook', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]
    execFileSync('openssl', made, { stdio: 'ignore' })
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
      const body = await answer(JSON.parse(await textOf(request)))
      // Silence is an answer that never comes.
      if (body !== undefined) response.end(body)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const webhook = (failurePolicy: string) => ({
      name: `${failurePolicy.toLowerCase()}.example.org`,
      failurePolicy,
      timeoutSeconds: 1,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: readFileSync(cert).toString('base64') },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
      objectSelector: { matchLabels: { hook: failurePolicy } },
    })
    const body = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'hooks' },
      webhooks: [webhook('Fail'), webhook('Ignore')],
    }
    expect((await api.call('POST', HOOKS, { body })).code).toBe(201)
  })
  afterAll(() => void server?.closeAllConnections?.())

  const create = (name: string, hook: string) =>
    api.call('POST', MAPS, { body: { ...map(name), metadata: { name, labels: { hook } } } })
  const allow = (uid: string) =>
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    })

  it.each([
    ['does not answer', undefined, 'context deadline exceeded'],
    ['answers garbage', '<html>', 'failed calling webhook'],
    ['answers another question', allow('somebody else'), 'uid'],
  ])('that %s fails the write or not, as it is configured', async (_, given, message) => {
    answer = async () => given
    const refused = await create('hooked', 'Fail')
    expect(refused.json()).toMatchObject({ code: 500, reason: 'InternalError' })
    expect(refused.json()['message']).toContain('failed calling webhook "fail.example.org"')
    expect(refused.json()['message']).toContain(message)
    await isAbsent('hooked')
    expect((await create('hooked', 'Ignore')).code).toBe(201)
    await api.call('DELETE', `${MAPS}/hooked`)
  })

  it('may call back into the API while the write waits for it', async () => {
    answer = async ({ request }) => {
      await api.call('POST', MAPS, { body: map(`called-for-${request.name}`) })
      return allow(request.uid)
    }
    expect((await create('calling', 'Fail')).code).toBe(201)
    expect((await api.call('GET', `${MAPS}/called-for-calling`)).code).toBe(200)
  })

  it('that leads back to itself ends with the time that it has', async () => {
    let depth = 0
    answer = async ({ request }) => {
      const inner = await create(`inner-${++depth}`, 'Fail')
      return inner.code === 201 ? allow(request.uid) : undefined
    }
    expect((await create('outer', 'Fail')).code).toBe(500)
    answer = async () => undefined
    await isAbsent('outer')
    expect((await create('after', 'none')).code).toBe(201)
  })
})

describe('a client that does not read its watch', () => {
  it('is cut off after a minute, and nobody else notices', async () => {
    const lazy = await api.open('GET', `${MAPS}?watch=true&fieldSelector=metadata.name%3Dbusy`)
    lazy.pause()
    expect((await api.call('POST', MAPS, { body: map('busy') })).code).toBe(201)
    const resident = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${drave.pid}/status`, 'utf8'))?.[1])
    const before = resident()
    // Some of it waits in the buffers of both sockets; the rest must not wait in the server.
    for (let n = 0; n < 300; n++) {
      const text = `${n} `.padEnd(100_000, 'x')
      await api.call('PATCH', `${MAPS}/busy`, { body: { data: { text } }, ...MERGE })
    }
    expect(resident() - before).toBeLessThan(300 * 1024)
    expect((await api.call('GET', `${MAPS}/busy`)).code).toBe(200)
    const open = async () =>
      /^apiserver_longrunning_requests (\d+)/m.exec((await api.call('GET', '/metrics')).text)?.[1]
    expect(await open()).toBe('1')
    await until('the server to cut it off', async () => (await open()) === '0', 90)
    lazy.destroy()
  })

  it('is told 410 when it comes back too late', async () => {
    await drave.kill()
    await drave.up('--only', 'apiserver')
    const late = await api.call('GET', `${MAPS}?watch=true&resourceVersion=1&timeoutSeconds=5`)
    expect(late.text).toContain('"reason":"Expired"')
    expect(late.text).toContain('"code":410')
  })
})

const isRoot = process.getuid?.() === 0
const small = join(drave.folder, 'small')
let isMounted = false
if (isRoot) {
  mkdirSync(small)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small], { stdio: 'ignore' })
    isMounted = true
  } catch {
    console.log('skipped: a file system of 8 MB cannot be mounted here')
  }
} else console.log('skipped: only root can mount a file system of 8 MB')

describe.skipIf(!isMounted)('a full disk', () => {
  const other = new Drave()
  const client = new ApiClient(other)
  const filler = join(small, 'filler')
  afterAll(async () => {
    client[Symbol.dispose]()
    await other[Symbol.asyncDispose]()
  })

  it('refuses writes with a reason, answers reads, and recovers without a restart', async () => {
    await other.up('--only', 'apiserver', '--data-dir', small)
    writeFileSync(join(small, 'endpoints.json'), JSON.stringify({ kubernetes: endpointIn(other.output) }))
    mkdirSync(other.dataDir)
    for (const name of ['endpoints.json', 'token'])
      execFileSync('cp', [join(small, name), join(other.dataDir, name)])
    expect((await client.call('POST', MAPS, { body: map('before', { a: '1' }) })).code).toBe(201)
    try {
      writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024))
    } catch {
      // The rest did not fit, as was meant.
    }
    const refused = await until('the disk to be full', async () => {
      const answer = await client.call('POST', MAPS, {
        body: { ...map('', {}), metadata: { generateName: 'fill-' }, data: { a: 'x'.repeat(9000) } },
      })
      return answer.code === 201 ? undefined : answer
    })
    expect(refused.json()).toMatchObject({ kind: 'Status', code: 507, reason: 'InternalError' })
    expect(refused.json()['message']).toContain('there is no space left on the disk (ENOSPC)')
    expect((await client.call('GET', `${MAPS}/before`)).json()['data']).toEqual({ a: '1' })
    const failed = await client.call('PATCH', `${MAPS}/before`, {
      body: { data: { a: 'y'.repeat(9000) } },
      ...MERGE,
    })
    expect(failed.code).toBe(507)
    expect((await client.call('GET', `${MAPS}/before`)).json()['data']).toEqual({ a: '1' })
    expect((await client.call('GET', '/readyz')).code).toBe(500)
    rmSync(filler)
    expect((await client.call('POST', MAPS, { body: map('after') })).code).toBe(201)
    expect((await client.call('GET', '/readyz')).code).toBe(200)
    await other.kill()
    await other.up('--only', 'apiserver', '--data-dir', small)
    writeFileSync(
      join(other.dataDir, 'endpoints.json'),
      JSON.stringify({ kubernetes: endpointIn(other.output) }),
    )
    expect((await client.call('GET', `${MAPS}/after`)).code).toBe(200)
    expect((await client.call('GET', `${MAPS}/before`)).json()['data']).toEqual({ a: '1' })
  })
})

const endpointIn = (output: string): string => /kubernetes\s+(https:\S+)/.exec(output)?.[1] ?? ''
