import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Endpoints, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import type { ObjectMeta } from '../../../kube/object.ts'
import { workloads } from '../index.ts'
import { meta } from '../testing/objects.ts'
import { mayMirror, planMirror } from './mirrored-slices.ts'

const endpoints = (subsets: Endpoints['subsets'], more: Partial<ObjectMeta> = {}): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: meta('db', more),
  subsets,
})
const port = { name: 'sql', port: 5432 }

describe('planMirror', () => {
  it('has one slice for each set of ports and family', () => {
    const plan = planMirror(
      endpoints([
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
          notReadyAddresses: [{ ip: '10.0.0.2' }],
          ports: [port],
        },
        { addresses: [{ ip: '10.0.0.1' }, { ip: 'nowhere' }], ports: [{ port: 80 }] },
      ]),
      [],
    )
    const seen = plan.create.map(slice => [
      slice.addressType,
      slice.ports[0]?.port,
      slice.endpoints.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`).join(),
    ])
    expect(seen).toEqual([
      ['IPv4', 5432, '10.0.0.1 true,10.0.0.2 false'],
      ['IPv6', 5432, 'fd00::1 true'],
      ['IPv4', 80, '10.0.0.1 true'],
    ])
    expect(plan.invalid).toBe(1)
  })
  it('changes what has changed and removes what is not wanted', () => {
    const [content] = planMirror(endpoints([{ addresses: [{ ip: '10.0.0.1' }], ports: [port] }]), []).create
    const { labels, annotations, ...rest } = content!
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: meta('db-x', { labels, annotations }),
      ...rest,
    }
    const planned = (ip: string, name: string) =>
      planMirror(endpoints([{ addresses: [{ ip }], ports: [{ ...port, name }] }]), [slice])
    expect(planned('10.0.0.1', 'sql')).toMatchObject({ create: [], update: [], remove: [] })
    expect(planned('10.0.0.2', 'sql').update).toHaveLength(1)
    expect(planned('10.0.0.1', 'other')).toMatchObject({ create: [{}], remove: [{}] })
  })
  it('leaves locks alone, and what asks for it', () => {
    expect(mayMirror(endpoints([]))).toBe(true)
    expect(mayMirror(endpoints([], { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }))).toBe(
      false,
    )
    expect(
      mayMirror(endpoints([], { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })),
    ).toBe(false)
  })
})

describe('hand-written Endpoints on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
  })
  afterEach(() => test[Symbol.asyncDispose]())

  it('are mirrored, followed and forgotten', async () => {
    const { client } = kernel
    const ref = { name: 'db', namespace: 'default' }
    await client.create(Service, { metadata: ref, spec: { ports: [{ port: 5432, protocol: 'TCP' }] } })
    await client.create(Endpoints, {
      metadata: ref,
      subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [port] }],
    })
    const shows = (...addresses: string[]) =>
      until(`slices with ${addresses}`, async () => {
        const { items } = await client.list(EndpointSlice, {
          namespace: 'default',
          labelSelector: 'kubernetes.io/service-name=db',
        })
        const found = items.flatMap(slice => slice.endpoints ?? []).flatMap(endpoint => endpoint.addresses)
        return found.join() === addresses.join()
      })
    await shows('10.0.0.1')
    await client.patch(Endpoints, ref, { subsets: [{ addresses: [{ ip: '10.0.0.2' }], ports: [port] }] })
    await shows('10.0.0.2')
    await client.delete(Service, ref)
    await shows()
  })
})
