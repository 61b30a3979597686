import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Lease } from '../kube/generated/coordination-v1.ts'
import type { Capability } from './capability.ts'
import { ClientLeases } from './client-leases.ts'
import { type Ground, startStack } from './stack.ts'
import { SYSTEM_NAMESPACE } from './system-service.ts'

const LEASE = { name: 'drave', namespace: SYSTEM_NAMESPACE }
/** How long a silent leader is waited for: longer than etcd takes to elect its own. */
const DURATION_SECONDS = 10
const LOOK_MS = 500

export interface LeadingStack extends AsyncDisposable {
  /** Rejects with the service's name when one ends by itself while this process leads. */
  readonly failed: Promise<never>
}

/**
 * Runs the capabilities in this process while it holds the Lease `drave-system/drave`, and waits for it otherwise.
 * Resolves when they run, or when it is known that they run elsewhere.
 */
export async function startLeadingStack(
  capabilities: readonly Capability[],
  ground: Ground,
  onLead: () => Promise<void>,
): Promise<LeadingStack> {
  const { clock, log } = ground
  const client = ground.clientFor('drave-leader-election')
  const identity = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  const leases = new ClientLeases({
    client,
    clock,
    log,
    identity,
    namespace: LEASE.namespace,
    durationSeconds: DURATION_SECONDS,
  })
  const stop = new AbortController()
  let begun = () => {}
  const running = new Promise<void>(resolve => {
    begun = resolve
  })
  const lead = async (signal: AbortSignal) => {
    log.info({ identity }, 'this process leads')
    await onLead()
    using _term = termOf(ground)
    await using stack = await startStack(capabilities, ground)
    begun()
    await Promise.race([aborted(signal), stack.failed])
    log.info({ identity }, 'this process leads no more')
  }
  const contending = (async () => {
    while (!stop.signal.aborted) await leases.whileLeading(LEASE.name, lead, stop.signal)
  })()
  const failed = contending.then(() => new Promise<never>(() => {}))
  failed.catch(() => {})
  const elsewhere = async () => {
    for (;;) {
      const lease = await client.find(Lease, LEASE).catch(() => undefined)
      const holder = lease?.spec.holderIdentity
      if (holder && holder !== identity) return
      await clock.sleep(LOOK_MS, stop.signal)
    }
  }
  const looking = elsewhere()
  looking.catch(() => {})
  const dispose = async () => {
    stop.abort()
    await contending.catch(() => {})
  }
  try {
    await Promise.race([running, looking, failed])
  } catch (error) {
    await dispose()
    throw error
  }
  return { failed, [Symbol.asyncDispose]: dispose }
}

/** Takes back what the stack of one term adds to the ground, so that another one can begin. */
function termOf({ admission, metrics, ports }: Ground): Disposable {
  const registered = metrics.term()
  const chain = admission?.length ?? 0
  return {
    [Symbol.dispose]() {
      registered[Symbol.dispose]()
      admission?.splice(chain)
      // Filled by this process's own capabilities only.
      for (const name of Object.keys(ports)) delete ports[name as keyof typeof ports]
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
