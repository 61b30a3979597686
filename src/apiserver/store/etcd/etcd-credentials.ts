import { randomInt } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import type { CredentialStore } from '../../http/credentials.ts'
import type { EtcdClient } from './etcd-client.ts'
import type { EtcdKeys } from './etcd-keys.ts'
import { COMPARE_VERSION } from './messages.ts'

const LOCK_SECONDS = 10
const RETRY_MS = 200

interface Parts {
  client: EtcdClient
  keys: EtcdKeys
  clock: Clock
  /** For what is this server's alone. */
  local: CredentialStore
}

/**
 * Credentials that all servers of a control plane share: who trusts one, or has a token of it, is served by all.
 * A server's own certificate names its own host, and stays with it.
 */
export function inEtcd({ client, keys, local }: Parts): CredentialStore {
  const isLocal = (name: string) => name.startsWith('server.')
  const key = (name: string) => keys.ownKey(`credentials/${name}`)
  return {
    async read(name) {
      if (isLocal(name)) return local.read(name)
      const { kvs } = await client.range({ key: key(name) })
      return kvs[0]?.value.toString()
    },
    async write(name, text) {
      if (isLocal(name)) return local.write(name, text)
      await client.txn({ success: [{ put: { key: key(name), value: Buffer.from(text) } }] })
    },
  }
}

/** Runs `work` while no other server runs it: two that start at once must not make two authorities. */
export async function exclusively<T>(
  { client, keys, clock }: Omit<Parts, 'local'>,
  work: () => Promise<T>,
): Promise<T> {
  const key = keys.ownKey('credentials-lock')
  const lease = randomInt(1, 2 ** 48 - 1)
  // Should this process die, the lock goes with the lease.
  await client.grantLease(lease, LOCK_SECONDS)
  const lock = {
    compare: [{ target: COMPARE_VERSION, key, version: 0 }],
    success: [{ put: { key, lease } }],
  }
  while (!(await client.txn(lock)).succeeded) await clock.sleep(RETRY_MS)
  try {
    return await work()
  } finally {
    await client.txn({ success: [{ deleteRange: { key } }] })
  }
}
