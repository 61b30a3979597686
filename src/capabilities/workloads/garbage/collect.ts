import type { Kernel } from '../../../kernel/capability.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { OwnerReference } from '../../../kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import { type DependencyGraph, FOREGROUND, type Node, nodeOf, ORPHAN } from './dependency-graph.ts'
import { type OwnerState, verdictOn } from './verdict.ts'

/** A kind that nobody serves may be served later. */
const UNKNOWN_RECHECK_MS = 30_000
const COMPONENT = 'garbage-collector-controller'

/** The collector's look at one object. `look` queues others; returns the wait before another look, if one is needed. */
export async function collect(
  { client, events }: Kernel,
  graph: DependencyGraph,
  { uid, look }: { uid: string; look(uid: string): void },
): Promise<number | undefined> {
  const node = graph.get(uid)
  if (!node) return undefined
  const live = await client.find(node.kind, node)
  if (!live || live.metadata.uid !== uid) {
    for (const next of graph.remove(uid)) look(next)
    return undefined
  }
  const current = nodeOf(node.kind, live)
  if (current.isOrphaning) return orphan(current, live)
  if (current.isDeletingDependents) return finishForeground(current, live)
  if (current.isDeleting || current.owners.length === 0) return undefined
  return judge(current, live)

  async function judge(item: Node, object: KubeObject): Promise<number | undefined> {
    const states = new Map<string, OwnerState>()
    for (const owner of item.owners) states.set(owner.uid, await stateOf(item, object, owner))
    const verdict = verdictOn({
      owners: states,
      finalizers: object.metadata.finalizers ?? [],
      dependents: graph.dependentsOf(uid),
    })
    if (verdict.kind === 'drop-owners')
      await patch(item, object, {
        ownerReferences: item.owners.filter(owner => !verdict.uids.includes(owner.uid)),
      })
    if (verdict.kind === 'delete') {
      if (verdict.unblock)
        await patch(item, object, {
          ownerReferences: item.owners.map(owner => ({ ...owner, blockOwnerDeletion: false })),
        })
      await client.delete(item.kind, item, { propagationPolicy: verdict.policy, preconditions: { uid } })
    }
    return [...states.values()].includes('unknown') ? UNKNOWN_RECHECK_MS : undefined
  }

  async function stateOf(item: Node, object: KubeObject, owner: OwnerReference): Promise<OwnerState> {
    const kind = await client.resolve(owner.apiVersion, owner.kind)
    if (!kind) return 'unknown'
    if (kind.namespaced && item.namespace === undefined) {
      refuse(
        object,
        owner,
        'a cluster-scoped object cannot be owned by a namespaced one; the reference is ignored',
      )
      return 'present'
    }
    const found = await client.find(kind, {
      name: owner.name,
      namespace: kind.namespaced ? item.namespace : undefined,
    })
    if (!found || found.metadata.uid !== owner.uid) {
      const elsewhere = graph.get(owner.uid)
      if (elsewhere && elsewhere.namespace !== undefined && elsewhere.namespace !== item.namespace)
        refuse(object, owner, `it is in namespace "${elsewhere.namespace}"; the reference counts as absent`)
      return 'absent'
    }
    return nodeOf(kind, found).isDeletingDependents ? 'deleting-dependents' : 'present'
  }

  function refuse(object: KubeObject, owner: OwnerReference, why: string): void {
    const reference = `[${owner.apiVersion}/${owner.kind}, namespace: ${object.metadata.namespace ?? ''}, name: ${owner.name}, uid: ${owner.uid}]`
    events.record(object, {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef ${reference} does not exist in namespace "${object.metadata.namespace ?? ''}": ${why}`,
      component: COMPONENT,
    })
  }

  /** Lets an owner go once nothing that blocks it is left, and makes the blocking ones go. */
  async function finishForeground(item: Node, object: KubeObject): Promise<undefined> {
    const dependents = graph.dependentsOf(uid)
    const blocking = dependents.filter(({ owners }) =>
      owners.some(owner => owner.uid === uid && owner.blockOwnerDeletion),
    )
    for (const dependent of dependents) if (!dependent.isDeletingDependents) look(dependent.uid)
    if (blocking.length === 0) await removeFinalizer(item, object, FOREGROUND)
  }

  async function orphan(item: Node, object: KubeObject): Promise<undefined> {
    for (const dependent of graph.dependentsOf(uid)) {
      const found = await client.find(dependent.kind, dependent)
      const owners = found?.metadata.ownerReferences ?? []
      if (!found || found.metadata.uid !== dependent.uid || !owners.some(owner => owner.uid === uid)) continue
      await patch(dependent, found, { ownerReferences: owners.filter(owner => owner.uid !== uid) })
    }
    await removeFinalizer(item, object, ORPHAN)
  }

  async function removeFinalizer(item: Node, object: KubeObject, finalizer: string): Promise<undefined> {
    const finalizers = (object.metadata.finalizers ?? []).filter(name => name !== finalizer)
    await patch(item, object, { finalizers })
    return undefined
  }

  /** With the version read: what changed in between conflicts, and is looked at again. */
  async function patch({ kind }: { kind: Kind }, object: KubeObject, metadata: object): Promise<void> {
    const { resourceVersion } = object.metadata
    try {
      await client.patch(kind, object.metadata, { metadata: { resourceVersion, ...metadata } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** Losing a race is no failure: the newer state is looked at again. */
export const isRace = (error: unknown): boolean => isConflict(error) || isNotFound(error)
