import type { Client } from '../../kernel/client.ts'
import { BY_OWNER, type Informer } from '../../kernel/informer.ts'
import type { Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isNotFound } from '../../kube/status.ts'
import { adoption, claim, controllerOf, release } from './claim.ts'

const ORPHANS = 'orphans'

/** Lets `claimObjects` find the objects of a namespace that nobody controls without looking at all others. */
export const indexOrphans = (informer: Informer<KubeObject>): void =>
  informer.addIndex(ORPHANS, object => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']))

interface Claiming<T extends KubeObject> {
  client: Client
  informer: Informer<T>
  ownerKind: Kind
  owner: KubeObject
  isSelected(object: T): boolean
  /** Matching orphans for which it says false are left alone. */
  mayAdopt?(object: T): boolean
  /** Put on what is adopted. */
  finalizer?: string
}

/** The objects that are the owner's, after adopting matching orphans and releasing what does not match any more. */
export async function claimObjects<T extends KubeObject>(parts: Claiming<T>): Promise<T[]> {
  const { client, informer, owner } = parts
  const mine: T[] = []
  const candidates = [
    ...informer.by(BY_OWNER, owner.metadata.uid),
    ...informer.by(ORPHANS, owner.metadata.namespace ?? ''),
  ]
  for (const object of candidates) {
    const decision = claim(owner, object, parts.isSelected(object))
    if (decision === 'mine') mine.push(object)
    else if (decision === 'adopt') {
      if (parts.mayAdopt?.(object) ?? true) mine.push(await adopt(parts, object))
    } else if (decision === 'release')
      await client.patch(informer.kind, object.metadata, release(owner, object)).catch(ignoreNotFound)
  }
  return mine
}

function adopt<T extends KubeObject>(parts: Claiming<T>, object: T): Promise<T> {
  const { metadata } = adoption(parts.ownerKind, parts.owner, object)
  const known = object.metadata.finalizers ?? []
  const isAdded = parts.finalizer !== undefined && !known.includes(parts.finalizer)
  const finalizers = isAdded ? [...known, parts.finalizer] : known
  return parts.client.patch(parts.informer.kind, object.metadata, {
    metadata: { ...metadata, ...(isAdded ? { finalizers } : {}) },
  })
}

/** For writes to what may be gone meanwhile. */
export function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
