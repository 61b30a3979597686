import { describe, expect, it } from 'vitest'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { meta, pod, service } from '../testing/objects.ts'
import { subsetsOf } from './legacy-endpoints.ts'
import { planSlices, type SliceContent } from './plan-slices.ts'
import { endpointOf, portsOn } from './service-pods.ts'

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => pod(`p${from + index}`, { ip: `127.9.0.${from + index}` }))

/** A slice as it would be stored. */
const stored = (name: string, { labels, endpoints, ports }: SliceContent): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: meta(name, { labels }),
  addressType: 'IPv4',
  endpoints: [...endpoints],
  ports: [...ports],
})

describe('slices', () => {
  it('hold at most a hundred endpoints', () => {
    const { create } = planSlices(service(), numbered(250), [])
    expect(create.map(({ endpoints }) => endpoints.length)).toEqual([100, 100, 50])
  })

  it('are left alone when nothing changed', () => {
    const pods = numbered(150)
    const existing = planSlices(service(), pods, []).create.map((each, index) => stored(`s${index}`, each))
    expect(planSlices(service(), pods, existing)).toEqual({ create: [], update: [], remove: [] })
  })

  it('change one at a time: a pod that goes makes room for one that comes', () => {
    const existing = planSlices(service(), numbered(150), []).create.map((each, index) =>
      stored(`s${index}`, each),
    )
    const { create, update, remove } = planSlices(service(), numbered(150, 1), existing)
    expect([create, remove]).toEqual([[], []])
    expect(update.map(({ slice, content }) => [slice.metadata.name, content.endpoints.length])).toEqual([
      ['s0', 100],
    ])
  })

  it('go by how named ports resolve, and a missing one is left out', () => {
    const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] })
    const pods = [
      pod('a', { ports: [{ name: 'web', containerPort: 8080 }] }),
      pod('b', { ports: [{ name: 'web', containerPort: 9090 }] }),
      pod('c'),
    ]
    const { create } = planSlices(named, pods, [])
    expect(create.map(({ ports }) => ports.map(({ port }) => port))).toEqual([[8080], [9090], []])
  })

  it('keep one empty slice, labelled, for a Service without pods', () => {
    const { create } = planSlices(service({ clusterIP: 'None' }), [], [])
    expect(create).toEqual([
      {
        labels: {
          team: 'tour',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'service.kubernetes.io/headless': '',
        },
        endpoints: [],
        ports: [],
      },
    ])
    const existing = [stored('s0', create[0]!)]
    expect(planSlices(service({ clusterIP: 'None' }), [], existing)).toEqual({
      create: [],
      update: [],
      remove: [],
    })
    const filled = planSlices(service({ clusterIP: 'None' }), [pod('a')], existing)
    expect([filled.create.length, filled.remove]).toEqual([1, existing])
  })
})

describe('endpoint conditions', () => {
  const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  it.each([
    ['ready', service(), pod('a'), [true, true, false]],
    ['not ready', service(), pod('a', { ready: false }), [false, false, false]],
    ['draining', service(), pod('a', { meta: leaving }), [false, true, true]],
    [
      'published anyway',
      service({ publishNotReadyAddresses: true }),
      pod('a', { ready: false }),
      [true, false, false],
    ],
  ])('%s', (_name, subject, candidate, [ready, serving, terminating]) => {
    expect(endpointOf(subject, candidate).conditions).toEqual({ ready, serving, terminating })
  })

  it('target the port itself where nothing else is said', () => {
    const bare = service({ ports: [{ port: 80 }] })
    expect(portsOn(bare, pod('a'))).toEqual([{ name: '', port: 80, protocol: 'TCP' }])
  })
})

it('leaves pods that have none of the ports out of the legacy Endpoints', () => {
  const named = { ports: [{ port: 80, targetPort: 'web' }] }
  const pods = [pod('a', { ip: '127.9.0.1' })]
  expect(subsetsOf(service(named), pods).subsets).toEqual([])
  expect(subsetsOf(service({ ...named, clusterIP: 'None' }), pods).subsets).toEqual([])
  expect(subsetsOf(service({ ports: [], clusterIP: 'None' }), pods).subsets).toHaveLength(1)
})

it('fills the legacy Endpoints with ready and unready addresses, without those that leave', () => {
  const pods = [
    pod('b', { ip: '127.9.0.2' }),
    pod('a', { ip: '127.9.0.1', ready: false }),
    pod('c', { ip: '127.9.0.3', meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
  ]
  const { subsets } = subsetsOf(service(), pods)
  expect(subsets).toHaveLength(1)
  expect(subsets[0]?.addresses?.map(({ ip }) => ip)).toEqual(['127.9.0.2'])
  expect(subsets[0]?.notReadyAddresses?.map(({ ip }) => ip)).toEqual(['127.9.0.1'])
})
