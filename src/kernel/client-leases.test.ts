import { describe, expect, it } from 'vitest'
import { Lease } from '../kube/generated/coordination-v1.ts'
import { ClientLeases } from './client-leases.ts'
import { VirtualClock } from './clock.ts'
import { SYSTEM_NAMESPACE } from './system-service.ts'
import { silentLog, startTestKernel } from './testing.ts'
import { until } from './until.ts'

describe('ClientLeases', () => {
  it('lets one process lead at a time, and the next one when the first stops or falls silent', async () => {
    const clock = new VirtualClock()
    await using stack = await startTestKernel({ clock })
    const { client } = stack.kernel
    const leading: string[] = []
    const contend = (identity: string, through = client) => {
      const stop = new AbortController()
      const leases = new ClientLeases({
        client: through,
        clock,
        log: silentLog,
        identity,
        namespace: SYSTEM_NAMESPACE,
      })
      const work = async (signal: AbortSignal) => {
        leading.push(identity)
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
        leading.splice(leading.indexOf(identity), 1)
      }
      return { stop, ended: leases.whileLeading('test', work, stop.signal) }
    }

    const first = contend('first')
    await until('the first leader', () => leading.length === 1)
    const second = contend('second')
    await clock.advance(30_000)
    expect(leading).toEqual(['first'])

    first.stop.abort()
    await first.ended
    await clock.advance(3_000)
    expect(leading).toEqual(['second'])
    const lease = await client.get(Lease, { name: 'test', namespace: SYSTEM_NAMESPACE })
    expect(lease.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 })

    // Somebody else takes the lease by force: the holder must notice and stop.
    await client.update(Lease, {
      ...lease,
      spec: { ...lease.spec, holderIdentity: 'usurper', renewTime: '2030-01-01T00:00:00.000000Z' },
    })
    await clock.advance(20_000)
    expect(leading).toEqual([])
    second.stop.abort()
    await second.ended
  })
})
