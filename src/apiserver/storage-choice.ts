import { randomInt } from 'node:crypto'
import type { KubeObject } from '../kube/object.ts'
import type { Clock } from '../lib/clock.ts'
import { type CredentialStore, inDirectory, inMemory } from './http/credentials.ts'
import type { AddressRange } from './kinds/address-range.ts'
import { claimsOf, SERVICES, ServiceAddresses } from './kinds/service-addresses.ts'
import type { ResourceRegistry } from './resources/registry.ts'
import { connectEtcd, type EtcdOptions } from './store/etcd/connect-etcd.ts'
import { exclusively, inEtcd } from './store/etcd/etcd-credentials.ts'
import { EtcdKeys } from './store/etcd/etcd-keys.ts'
import { EtcdStore } from './store/etcd/etcd-store.ts'
import { LogStorage } from './store/log-storage.ts'
import { LogStore } from './store/log-store.ts'
import type { Store, StoreParts } from './store/store.ts'

/** Where objects are kept: a directory, an etcd that several servers may share, or nowhere but in memory. */
export type StorageChoice =
  /** `version` is the program's, noted there. */
  { directory: string; version?: string | undefined } | { etcd: EtcdOptions } | 'memory'

/** What depends on the choice. */
export interface ChosenStorage {
  /** Other servers may use it too. */
  isShared: boolean
  addresses: ServiceAddresses
  createStore(registry: ResourceRegistry, parts: StoreParts): Store
  /** Calls `load` with the place for credentials, while no other server does the same. */
  withCredentials<T>(local: CredentialStore, load: (store: CredentialStore) => Promise<T>): Promise<T>
}

/** Connects to etcd where that was chosen; throws GrpcError when no server of it answers. */
export async function openStorage(
  choice: StorageChoice,
  clock: Clock,
  range: AddressRange | undefined,
): Promise<ChosenStorage> {
  if (choice === 'memory' || 'directory' in choice) {
    const { directory, version } = choice === 'memory' ? {} : choice
    return {
      isShared: false,
      addresses: new ServiceAddresses(directory, { range }),
      createStore(_registry, parts) {
        const storage =
          directory === undefined ? undefined : new LogStorage({ directory, version, log: parts.log, clock })
        return new LogStore({ ...parts, storage })
      },
      withCredentials: (local, load) => load(local),
    }
  }
  const { prefix } = choice.etcd
  const connection = await connectEtcd(choice.etcd, clock)
  const { client, clusterId } = connection
  // Servers that begin to look at different places rarely want the same address.
  const addresses = new ServiceAddresses(`etcd ${clusterId} ${prefix}`, { range, skip: randomInt(2 ** 16) })
  return {
    isShared: true,
    addresses,
    createStore(registry, parts) {
      const builtins = registry.all().map(resource => resource.storageName)
      return new EtcdStore({ ...parts, connection, keys: new EtcdKeys(prefix, builtins), claimsOf: claims })
    },
    withCredentials(local, load) {
      const parts = { client, keys: new EtcdKeys(prefix, []), clock }
      return exclusively(parts, () => load(inEtcd({ ...parts, local })))
    },
  }
}

const claims = (resource: string, object: KubeObject): readonly string[] =>
  resource === SERVICES ? claimsOf(object) : []

/** The place for credentials that the name of a directory stands for. */
export const credentialStore = (storage: { directory: string } | 'memory'): CredentialStore =>
  storage === 'memory' ? inMemory : inDirectory(storage.directory)
