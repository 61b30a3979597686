import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, failure } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const services = coreTarget('services', 'default')

describe('services', () => {
  const ports = [{ port: 80 }]

  it('get addresses, keep them, and give them back', async () => {
    const a = await create(services, 'a', { spec: { ports } })
    const b = await create(services, 'b', { spec: { ports } })
    expect(a.spec.clusterIP).not.toBe(b.spec.clusterIP)
    expect(a.spec).toMatchObject({
      clusterIPs: [a.spec.clusterIP],
      type: 'ClusterIP',
      ports: [{ targetPort: 80 }],
    })
    const taken = { spec: { ports, clusterIP: a.spec.clusterIP } }
    expect(await failure(create(services, 'c', taken))).toMatch(
      /^422 Invalid: .*provided IP is already allocated/,
    )
    await ask(services, 'delete', 'a')
    expect((await create(services, 'c', taken)).spec.clusterIP).toBe(a.spec.clusterIP)
    const changed = await ask(services, 'update', 'b', {
      body: { metadata: { name: 'b' }, spec: { ports: [{ port: 81 }] } },
    })
    expect(changed.spec.clusterIP).toBe(b.spec.clusterIP)
  })

  it('that are refused hold nothing', async () => {
    const nodePort = (port: number) => ({ type: 'NodePort', ports: [{ port: 80, nodePort: port }] })
    const { spec } = await create(services, 'free', { spec: { ports } })
    await ask(services, 'delete', 'free')
    await create(services, 'a', { spec: nodePort(30_001) })
    const { clusterIP } = spec
    expect(await failure(create(services, 'b', { spec: { ...nodePort(30_001), clusterIP } }))).toMatch(
      /provided port is already allocated/,
    )
    await create(services, 'c', { spec: { ports, clusterIP } })
    const body = { spec: { ...nodePort(30_002), sessionAffinity: 'Odd' } }
    expect(await failure(ask(services, 'patch', 'c', { body }))).toMatch(/sessionAffinity/)
    await create(services, 'd', { spec: nodePort(30_002) })
  })

  it.each([
    [{ ipFamilies: ['IPv6'] }, /spec\.ipFamilies\[0\]: .*"IPv6": not configured on this cluster/],
    [{ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }, /spec\.ipFamilies\[1\]/],
    [{ ipFamilyPolicy: 'RequireDualStack' }, /not configured for dual-stack/],
    [{ ipFamilies: ['IPv6'], clusterIP: 'None', selector: { a: 'b' } }, /"IPv6"/],
  ])('are refused where %j asks for another address than IPv4', async (spec, message) => {
    expect(await failure(create(services, 'six', { spec: { ports, ...spec } }))).toMatch(message)
  })

  it('may prefer two families, and have any where nothing is selected', async () => {
    await create(services, 'p', { spec: { ports, ipFamilyPolicy: 'PreferDualStack' } })
    await create(services, 'q', { spec: { ports, clusterIP: 'None', ipFamilies: ['IPv6'] } })
    expect((await ask(services, 'get', 'p')).spec.ipFamilies).toEqual(['IPv4'])
  })

  it('may be headless, external, or reachable on a node port', async () => {
    expect((await create(services, 'h', { spec: { ports, clusterIP: 'None' } })).spec.clusterIP).toBe('None')
    expect(
      (await create(services, 'e', { spec: { type: 'ExternalName', externalName: 'x.org' } })).spec,
    ).not.toHaveProperty('clusterIP')
    const n = await create(services, 'n', {
      spec: {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81, nodePort: 31000 },
        ],
        type: 'NodePort',
      },
    })
    expect(n.spec.ports).toMatchObject([{ nodePort: 30000 }, { nodePort: 31000 }])
  })
})
