import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, deployment, failure, pod, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const pods = coreTarget('pods', 'default')
const deployments: Target = { group: 'apps', version: 'v1', plural: 'deployments', namespace: 'default' }

describe('subresources', () => {
  it('scale reads and writes replicas', async () => {
    await create(deployments, 'web', deployment(2))
    const scale = { ...deployments, subresource: 'scale' }
    expect(await ask(scale, 'get', 'web')).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { selector: 'app=web' },
    })
    await ask(scale, 'patch', 'web', { body: { spec: { replicas: 4 } } })
    expect((await ask(deployments, 'get', 'web')).spec.replicas).toBe(4)
    expect(await failure(ask(scale, 'patch', 'web', { body: { spec: { replicas: -1 } } }))).toMatch(
      /^422 Invalid: .*greater than or equal to 0/,
    )
  })

  it('scale writes into the object alone, whatever its definition names', async () => {
    const versions = [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          scale: { specReplicasPath: '.spec.__proto__.polluted', statusReplicasPath: '.status.replicas' },
        },
      },
    ]
    const names = { plural: 'things', kind: 'Thing' }
    await create(
      { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
      'things.example.com',
      { spec: { group: 'example.com', scope: 'Namespaced', names, versions } },
    )
    const things: Target = { group: 'example.com', version: 'v1', plural: 'things', namespace: 'default' }
    await create(things, 't', { spec: {} })
    await failure(ask({ ...things, subresource: 'scale' }, 'patch', 't', { body: { spec: { replicas: 4 } } }))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('binding assigns a pod to a node, once', async () => {
    await create(pods, 'p', pod())
    const binding = { ...pods, subresource: 'binding' }
    await ask(binding, 'create', 'p', { body: { target: { name: 'n1' } } })
    const bound = await ask(pods, 'get', 'p')
    expect(bound.spec.nodeName).toBe('n1')
    expect(bound.metadata.generation).toBe(1)
    expect(bound.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
    expect(await failure(ask(binding, 'create', 'p', { body: { target: { name: 'n2' } } }))).toMatch(
      /^409 Conflict: .*already assigned to node "n1"/,
    )
  })

  it('ephemeral containers are only added, and only here', async () => {
    await create(pods, 'p', pod())
    const debug = { name: 'debug', image: 'busybox', targetContainerName: 'c' }
    const add = (...ephemeralContainers: object[]) => ({ spec: { ephemeralContainers } })
    const door = { ...pods, subresource: 'ephemeralcontainers' }
    const patch = (body: object, more = {}) =>
      ask(door, 'patch', 'p', { body, patchType: 'strategic', ...more })
    const before = await ask(pods, 'get', 'p')
    const added = await patch({ ...add(debug), status: { phase: 'Failed' } })
    expect(added.spec).toMatchObject({ ...before.spec, ephemeralContainers: [debug] })
    expect(added.status).toEqual(before.status)
    expect((await patch(add({ ...debug, name: 'more' }))).spec['ephemeralContainers']).toHaveLength(2)
    expect(await failure(patch(add({ ...debug, image: 'other' })))).toMatch(
      /^422 Invalid: .*spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed/,
    )
    expect(await failure(patch(add(), { patchType: 'merge' }))).toMatch(/"debug" may not be removed/)
    expect(
      await failure(
        patch(add({ name: 'c', image: 'x', targetContainerName: 'd', ports: [{ containerPort: 1 }] })),
      ),
    ).toMatch(
      /name: Duplicate value: "c".*targetContainerName: Not found: "d".*ports: Forbidden: cannot be set/,
    )
    expect(
      await failure(
        ask(pods, 'patch', 'p', { body: add({ name: 'x', image: 'x' }), patchType: 'strategic' }),
      ),
    ).toMatch(/pod updates may not change fields/)
    expect(await failure(create(pods, 'q', pod({ ephemeralContainers: [debug] })))).toMatch(
      /spec.ephemeralContainers: Forbidden: cannot be set on create/,
    )
    expect((await ask(door, 'get', 'p')).kind).toBe('Pod')
  })

  it.each<[Target, string | undefined, object, string]>([
    [
      { ...coreTarget('serviceaccounts', 'default'), subresource: 'token' },
      'default',
      { spec: { audiences: 'vault' } },
      'TokenRequest in version "v1" cannot be handled as a TokenRequest: json: cannot unmarshal string into Go struct field TokenRequestSpec.spec.audiences of type []string',
    ],
    [
      { group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews' },
      undefined,
      { spec: { token: 'x', audiences: 'vault' } },
      'TokenReview in version "v1" cannot be handled as a TokenReview: json: cannot unmarshal string into Go struct field TokenReviewSpec.spec.audiences of type []string',
    ],
    [
      { ...pods, subresource: 'eviction' },
      'p',
      { metadata: { name: 'p' }, deleteOptions: { dryRun: 'All' } },
      'Eviction in version "v1" cannot be handled as a Eviction: json: cannot unmarshal string into Go struct field DeleteOptions.deleteOptions.dryRun of type []string',
    ],
    [
      { ...deployments, subresource: 'scale' },
      'web',
      { spec: { replicas: 'two' } },
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32',
    ],
  ])('what cannot be read is refused: %j', async (target, name, body, message) => {
    const verb = target.subresource === 'scale' ? 'update' : 'create'
    expect(await failure(ask(target, verb, name, { body }))).toBe(`400 BadRequest: ${message}`)
  })
})
