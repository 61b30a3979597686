import type { Kernel } from '../../../kernel/capability.ts'
import type { Controller } from '../../../kernel/controller.ts'
import type { InformerEvent } from '../../../kernel/informer.ts'
import { CustomResourceDefinition } from '../../../kube/generated/apiextensions-v1.ts'
import { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../../kube/generated/core-v1.ts'
import { groupResourceOf, type Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { isActive } from '../pod-state.ts'
import { builtinKinds, customKind } from '../served-kinds.ts'
import { counts, quotaStatus } from './quota-status.ts'

/** As --resource-quota-sync-period: what no event told of is found then. */
const RESYNC_MS = 300_000

/** Adds up what the quotas of a namespace use; admission adds to it, and only this takes off again. */
export function resourceQuotaController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const quotas = informers.for(ResourceQuota)
  const definitions = informers.for(CustomResourceDefinition)
  /** Subscriptions to the kinds that some quota counts, by group and resource. */
  const followed = new Map<string, Disposable>()
  let wakeUp: (key: string) => void = () => {}

  function follow(kind: Kind): void {
    const name = groupResourceOf(kind)
    if (followed.has(name)) return
    const subscription = informers.for(kind).onChange(event => {
      if (!frees(kind, event)) return
      for (const quota of quotas.list(event.object.metadata.namespace)) wakeUp(keyOf(quota))
    })
    followed.set(name, subscription)
  }

  async function objectsIn(kind: Kind, namespace: string | undefined): Promise<KubeObject[]> {
    try {
      // From the API and not the informer, which may not show yet what admission has counted already.
      return (await client.list(kind, { namespace })).items
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }

  return {
    name: 'resourcequota',
    watches: [
      // What admission reserves must not wake it: the object is not there yet, and would be given back.
      { kind: ResourceQuota, keys: () => [] },
      { kind: CustomResourceDefinition, keys: () => [] },
    ],
    wakes(wake) {
      wakeUp = wake
      for (const quota of quotas.list()) wake(keyOf(quota))
      const asked = quotas.onChange(event => {
        if (asksAnew(event)) wake(keyOf(event.object))
      })
      return {
        [Symbol.dispose]() {
          asked[Symbol.dispose]()
          for (const subscription of followed.values()) subscription[Symbol.dispose]()
        },
      }
    },
    async reconcile(key) {
      const quota = quotas.get(key)
      if (!quota || quota.metadata.deletionTimestamp) return
      const custom = definitions.list().flatMap(definition => customKind(definition) ?? [])
      const kinds = [...builtinKinds(), ...custom].filter(kind => counts(quota, kind))
      kinds.forEach(follow)
      const contents = await Promise.all(
        kinds.map(async kind => ({ kind, objects: await objectsIn(kind, quota.metadata.namespace) })),
      )
      const status = quotaStatus(quota, contents, clock.now())
      // With the version: what admission reserved meanwhile conflicts, and all is added up again.
      if (!isSame(status, quota.status))
        await client.update(ResourceQuota, { ...quota, status }, { subresource: 'status' })
      return { after: RESYNC_MS }
    },
  }
}

/** Whether a quota is another, or limits something else. */
const asksAnew = ({ type, object, previous }: InformerEvent<ResourceQuota>): boolean =>
  type !== 'modified' || !isSame(previous?.spec?.hard, object.spec?.hard)

/** Whether a change can mean that less is used. */
function frees(kind: Kind, { type, object, previous }: InformerEvent<KubeObject>): boolean {
  if (type !== 'modified') return type === 'deleted'
  if (kind.plural === Pod.plural && kind.group === '')
    // The kind says that these are Pods.
    return previous !== undefined && isActive(previous as Pod) && !isActive(object as Pod)
  return kind.group === '' && (kind.plural === Service.plural || kind.plural === PersistentVolumeClaim.plural)
}
