import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { CustomResourceDefinition } from '../../../kube/generated/apiextensions-v1.ts'
import { Event, Namespace, Pod } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { customKind, servedKinds } from '../served-kinds.ts'
import { type Round, terminatingConditions } from './terminating.ts'

const FINALIZER = 'kubernetes'
/** While content remains (finalizers, pods in their grace period) it is looked at again so often. */
const RECHECK_MS = 200

/** Empties a namespace that is being deleted, then lets it go. */
export function namespaceController(kernel: Kernel): Controller {
  const { client, informers, clock } = kernel
  const namespaces = informers.for(Namespace)
  const definitions = informers.for(CustomResourceDefinition)

  async function namespacedKinds(): Promise<Kind[]> {
    const custom = definitions.list().map(customKind)
    const kinds = [...(await servedKinds(client)), ...custom.filter(kind => kind !== undefined)]
    // Pods go first, so that what they use outlives them, as upstream since 1.33.
    const rest = kinds.filter(kind => kind.namespaced && kind.kind !== 'Pod')
    return [Pod, ...rest]
  }

  async function deleteAll(kind: Kind, namespace: string): Promise<readonly KubeObject[]> {
    const { items } = await client.list(kind, { namespace })
    const alive = items.filter(({ metadata }) => !metadata.deletionTimestamp)
    await Promise.all(
      alive.map(({ metadata }) =>
        client
          .delete(kind, metadata, { preconditions: { uid: metadata.uid }, propagationPolicy: 'Background' })
          // Replaced in between: the next round sees the new one.
          .catch(error => {
            if (!isConflict(error)) throw error
          }),
      ),
    )
    return alive.length === 0 ? items : (await client.list(kind, { namespace })).items
  }

  async function empty(namespace: string): Promise<Round> {
    const remaining: { kind: Kind; objects: readonly KubeObject[] }[] = []
    const failures: { kind: Kind; message: string }[] = []
    for (const kind of await namespacedKinds()) {
      try {
        const objects = await deleteAll(kind, namespace)
        if (objects.length > 0) remaining.push({ kind, objects })
        if (kind.kind === 'Pod' && objects.length > 0) break
      } catch (error) {
        // The resource is not served any more: nothing is in it.
        if (!isNotFound(error)) failures.push({ kind, message: (error as Error).message })
      }
    }
    if (remaining.length === 0 && failures.length === 0) await deleteAll(Event, namespace)
    return { remaining, failures }
  }

  return {
    name: 'namespace',
    watches: [
      objectsOf(Namespace),
      // Only so that its informer is synced: no namespace is woken.
      { kind: CustomResourceDefinition as Kind, keys: () => [] },
    ],
    async reconcile(key) {
      const namespace = namespaces.get(key)
      if (!namespace?.metadata.deletionTimestamp) return
      const finalizers = namespace.spec?.finalizers ?? []
      if (!finalizers.includes(FINALIZER)) return
      const round = await empty(key)
      const current = await client.find(Namespace, { name: key })
      if (current?.metadata.uid !== namespace.metadata.uid) return
      const conditions = terminatingConditions(round, current.status?.conditions ?? [], clock.now())
      const status = { ...current.status, phase: 'Terminating', conditions }
      if (!isSame(status, current.status))
        await client.patch(Namespace, { name: key }, { status }, { subresource: 'status' })
      if (round.remaining.length > 0 || round.failures.length > 0) return { after: RECHECK_MS }
      const latest = await client.find(Namespace, { name: key })
      if (!latest) return
      await client.update(
        Namespace,
        { ...latest, spec: { ...latest.spec, finalizers: finalizers.filter(name => name !== FINALIZER) } },
        { subresource: 'finalize' },
      )
    },
  }
}
