import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Lease } from '../kube/generated/coordination-v1.ts'
import type { Capability } from './capability.ts'
import { ClientLeases } from './client-leases.ts'
import { type Ground, startStack } from './stack.ts'

const LEASE = 'drave'
/** How long a silent leader is waited for: longer than etcd takes to elect its own. */
const DURATION_SECONDS = 10
const LOOK_MS = 500

export interface LeadingStack extends AsyncDisposable {
  /** Who holds the Lease, when it is not this process that leads. */
  readonly elsewhere: string | undefined
  /** Rejects with the service's name when one ends by itself while this process leads. */
  readonly failed: Promise<never>
}

/**
 * Runs the capabilities in this process while it holds the Lease `drave` in the system namespace, and waits for it
 * otherwise. Resolves when they run, or when it is known that they run elsewhere.
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
    namespace: ground.systemNamespace,
    durationSeconds: DURATION_SECONDS,
  })
  const stop = new AbortController()
  let begun = () => {}
  const running = new Promise<undefined>(resolve => {
    begun = () => resolve(undefined)
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
    while (!stop.signal.aborted) await leases.whileLeading(LEASE, lead, stop.signal)
  })()
  const failed = contending.then(() => new Promise<never>(() => {}))
  failed.catch(() => {})
  const looking = leaderElsewhere()
  looking.catch(() => {})
  const dispose = async () => {
    stop.abort()
    await contending.catch(() => {})
  }
  try {
    const elsewhere = await Promise.race([running, looking, failed])
    return { elsewhere, failed, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }

  async function leaderElsewhere(): Promise<string> {
    for (;;) {
      const lease = await client
        .find(Lease, { name: LEASE, namespace: ground.systemNamespace })
        .catch(() => undefined)
      const holder = lease?.spec.holderIdentity
      if (holder && holder !== identity) return holder
      await clock.sleep(LOOK_MS, stop.signal)
    }
  }
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
