import { expect, it } from 'vitest'
import type { Client, ListOptions } from '../../../kernel/client.ts'
import type { Kind } from '../../../kube/kind.ts'
import { MetricReader } from './metric-reader.ts'

/** A client that only lists, and remembers what it was asked for. */
function lister(items: readonly object[], served = ['v1beta2']) {
  const asked: { kind: Kind; options: ListOptions | undefined }[] = []
  const list = async (kind: Kind, options?: ListOptions) => {
    asked.push({ kind, options })
    if (!served.includes(kind.version)) throw new Error('the server could not find the requested resource')
    return { items, resourceVersion: '' }
  }
  const resolve = async () => ({
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'Ingress',
    plural: 'ingresses',
  })
  // Nothing else is called.
  return { asked, client: { list, resolve } as unknown as Client }
}

const selector = { matchLabels: { verb: 'GET' } }
const timestamp = '2026-01-01T00:00:00Z'

it('asks for the series of a metric of pods that its selector picks', async () => {
  const { asked, client } = lister([{ describedObject: { name: 'p' }, timestamp, value: '1500m' }])
  const values = await new MetricReader(client).pods(
    { name: 'rps', selector },
    { namespace: 'n', selector: 'app=web' },
  )
  expect(values.get('p')?.value).toBe(1500)
  expect(asked[0]).toMatchObject({
    kind: { group: 'custom.metrics.k8s.io', version: 'v1beta2', plural: 'pods/*/rps' },
    options: { namespace: 'n', labelSelector: 'app=web', metricLabelSelector: 'verb=GET' },
  })
})

it('asks for the series of a metric of an object, and for all where it has no selector', async () => {
  const { asked, client } = lister([{ timestamp, value: '7' }])
  const reader = new MetricReader(client)
  const described = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' }
  expect(await reader.object({ name: 'rps', selector }, described, 'n')).toBe(7000)
  await reader.object({ name: 'rps' }, described, 'n')
  expect(asked.map(({ kind }) => kind.plural)).toEqual(Array(2).fill('ingresses.networking.k8s.io/web/rps'))
  expect(asked.map(({ options }) => options?.metricLabelSelector)).toEqual(['verb=GET', undefined])
})

it('asks adapters of the older version as well', async () => {
  const { asked, client } = lister([{ timestamp, value: '7' }], ['v1beta1'])
  const described = { apiVersion: 'v1', kind: 'Service', name: 'web' }
  expect(await new MetricReader(client).object({ name: 'rps' }, described, 'n')).toBe(7000)
  expect(asked.map(({ kind }) => kind.version)).toEqual(['v1beta2', 'v1beta1'])
})
