import { describe, expect, it } from 'vitest'
import { ConfigMap, Event, Namespace } from '../kube/generated/core-v1.ts'
import type { Capability } from './capability.ts'
import { VirtualClock } from './clock.ts'
import { objectsOf } from './controller.ts'
import { rejectDuplicates } from './stack.ts'
import { startTestKernel } from './testing.ts'
import { until } from './until.ts'

/** Copies each ConfigMap's `in` to `out`, failing as often as `fail` says. */
const copier: Capability = {
  name: 'copier',
  summary: 'test',
  controllers: kernel => [
    {
      name: 'copy',
      watches: [objectsOf(ConfigMap)],
      async reconcile(key) {
        const object = kernel.informers.for(ConfigMap).get(key)
        if (!object?.data?.in || object.data.out === object.data.in) return
        const fail = Number(object.data.fail ?? '0')
        if (fail > 0) {
          await kernel.client.patch(ConfigMap, object.metadata, { data: { fail: String(fail - 1) } })
          throw new Error('not yet')
        }
        await kernel.client.patch(ConfigMap, object.metadata, { data: { out: object.data.in } })
      },
    },
  ],
}

describe('startStack', () => {
  it('reconciles what it watches, and retries what failed', async () => {
    await using stack = await startTestKernel({ capabilities: [copier] })
    const { client } = stack.kernel
    const ref = { name: 'a', namespace: 'default' }
    await client.create(ConfigMap, { metadata: ref, data: { in: '1', fail: '2' } })
    const copied = await until('the copy', async () => {
      const found = await client.get(ConfigMap, ref)
      return found.data?.out === '1' && found
    })
    expect(copied.data?.fail).toBe('0')
  })

  it('keeps informers in step with the API', async () => {
    await using stack = await startTestKernel()
    const { client, informers } = stack.kernel
    const informer = informers.for(Namespace)
    await informer.synced
    const seen: string[] = []
    informer.onChange(event => void seen.push(`${event.type} ${event.object.metadata.name}`))
    await client.create(Namespace, { metadata: { name: 'shop' }, spec: {} })
    await until('the namespace', () => informer.get('shop'))
    expect(seen).toContain('added shop')
    expect(seen).toContain('added default')
  })

  it('counts repeats of one event instead of adding objects', async () => {
    const clock = new VirtualClock()
    await using stack = await startTestKernel({ clock })
    const { client, events } = stack.kernel
    const subject = await client.create(ConfigMap, { metadata: { name: 'a', namespace: 'default' } })
    for (let i = 0; i < 3; i++)
      events.record(subject, { type: 'Warning', reason: 'Odd', message: 'it is odd', component: 'test' })
    const event = await until('three counts', async () => {
      const { items } = await client.list(Event, { namespace: 'default' })
      return items.length === 1 && items[0]?.count === 3 && items[0]
    })
    expect(event.involvedObject).toMatchObject({ kind: 'ConfigMap', name: 'a', uid: subject.metadata.uid })
  })

  it('names the service that does not start, and stops the ones before it', async () => {
    const stopped: string[] = []
    const capability: Capability = {
      name: 'broken',
      summary: 'test',
      services: () => [
        {
          name: 'first',
          start: async () => ({ [Symbol.asyncDispose]: async () => void stopped.push('first') }),
        },
        { name: 'second', start: () => Promise.reject(new Error('port 1 is in use')) },
      ],
    }
    await expect(startTestKernel({ capabilities: [capability] })).rejects.toThrow(
      'service second did not start: port 1 is in use',
    )
    expect(stopped).toEqual(['first'])
  })

  it('refuses two capabilities that claim the same thing', () => {
    const one: Capability = {
      name: 'one',
      summary: '',
      listeners: [{ name: 'git', defaultPort: 1, summary: '' }],
    }
    expect(() => rejectDuplicates([one, { ...one, name: 'two' }])).toThrow(
      'capabilities one and two both claim the listener git',
    )
  })
})
