import { describe, expect, it } from 'vitest'
import { ConfigMap } from '../kube/generated/core-v1.ts'
import { apiError } from '../kube/status.ts'
import type { Client, WatchEvent } from './client.ts'
import { VirtualClock } from './clock.ts'
import { LiveInformers } from './live-informer.ts'
import { silentLog } from './testing.ts'

const configMap = (name: string, namespace: string, resourceVersion = '1') =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, resourceVersion, uid: name },
  }) as ConfigMap

type Watch = (
  resourceVersion: string | undefined,
  signal: AbortSignal,
) => AsyncIterable<WatchEvent<ConfigMap>>

/** A client that lists what it is told to and hands out watches; only these two are ever called. */
function scripted(list: (namespace: string | undefined) => readonly ConfigMap[], watch: Watch) {
  const lists: (string | undefined)[] = []
  const client = {
    async list(_: unknown, { namespace }: { namespace?: string }) {
      lists.push(namespace)
      return { items: [...list(namespace)], resourceVersion: '10' }
    },
    watch: (_: unknown, { resourceVersion }: { resourceVersion?: string }, signal: AbortSignal) =>
      watch(resourceVersion, signal),
  } as unknown as Client
  return { client, lists }
}
const quiet: Watch = async function* (_, signal) {
  await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
}

describe('an informer', () => {
  it('asks less and less often when watches end at once, or positions are called old at once', async () => {
    const clock = new VirtualClock()
    let watches = 0
    const { client, lists } = scripted(
      () => [],
      // biome-ignore lint/correctness/useYield: a watch on which nothing happens.
      async function* () {
        watches++
        if (watches > 10) throw apiError('Expired', 'too old')
      },
    )
    await using informers = new LiveInformers({ client, clock, log: silentLog })
    await informers.for(ConfigMap).synced
    await clock.advance(1_000)
    expect(watches).toBeLessThan(8)
    await clock.advance(600_000)
    expect(watches).toBeLessThan(40)
    expect(lists.length).toBeGreaterThan(2)
  })

  it('lists again when its position is too old, and takes a watch up where it ended', async () => {
    const clock = new VirtualClock()
    const positions: (string | undefined)[] = []
    let objects = [configMap('a', 'n'), configMap('b', 'n')]
    const { client, lists } = scripted(
      () => objects,
      async function* (position, signal) {
        positions.push(position)
        if (positions.length === 1) yield { type: 'ADDED', object: configMap('c', 'n', '11') }
        else if (positions.length === 2) throw apiError('Expired', 'too old')
        else yield* quiet(position, signal)
      },
    )
    await using informers = new LiveInformers({ client, clock, log: silentLog })
    const informer = informers.for(ConfigMap)
    await informer.synced
    objects = [configMap('b', 'n')]
    await clock.advance(5_000)
    expect(positions).toEqual(['10', '11', '10'])
    expect(lists).toHaveLength(2)
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b'])
  })

  it('keeps to the namespaces it is given', async () => {
    const clock = new VirtualClock()
    const { client, lists } = scripted(namespace => {
      if (namespace === 'three') throw apiError('Forbidden', 'configmaps is forbidden')
      return [configMap('a', namespace ?? 'all')]
    }, quiet)
    await using informers = new LiveInformers({
      client,
      clock,
      log: silentLog,
      namespaces: { asked: ['one'], own: ['two', 'three'] },
    })
    const informer = informers.for(ConfigMap)
    await informer.synced
    expect(lists.sort()).toEqual(['one', 'three', 'two'])
    expect(informer.list().map(({ metadata }) => metadata.namespace)).toEqual(['one', 'two'])
  })

  it('says when it may not read, and tries anew for the next who asks', async () => {
    let isAllowed = false
    const { client } = scripted(() => {
      if (!isAllowed) throw apiError('Forbidden', 'configmaps is forbidden')
      return []
    }, quiet)
    await using informers = new LiveInformers({ client, clock: new VirtualClock(), log: silentLog })
    await expect(informers.for(ConfigMap).synced).rejects.toThrow('is forbidden')
    isAllowed = true
    await informers.for(ConfigMap).synced
  })
})
