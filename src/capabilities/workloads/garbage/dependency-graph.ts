import type { OwnerReference } from '../../../kube/generated/meta-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

/** What the collector remembers of an object. */
export interface Node {
  kind: Kind
  name: string
  namespace: string | undefined
  uid: string
  owners: readonly OwnerReference[]
  isDeleting: boolean
  /** Deleted in the foreground: waits until its blocking dependents are gone. */
  isDeletingDependents: boolean
  /** Deleted with orphaning: its dependents are let go first. */
  isOrphaning: boolean
}

export function nodeOf(kind: Kind, { metadata }: KubeObject): Node {
  const isDeleting = metadata.deletionTimestamp !== undefined
  const has = (finalizer: string) => isDeleting && (metadata.finalizers ?? []).includes(finalizer)
  return {
    kind,
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    owners: metadata.ownerReferences ?? [],
    isDeleting,
    isDeletingDependents: has(FOREGROUND),
    isOrphaning: has(ORPHAN),
  }
}

const NONE: ReadonlySet<string> = new Set()

/** Who owns whom, by uid, over all objects of the API. Each change says which objects need a look. */
export class DependencyGraph {
  readonly #nodes = new Map<string, Node>()
  readonly #dependents = new Map<string, Set<string>>()

  get size(): number {
    return this.#nodes.size
  }

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid)
  }

  dependentsOf(uid: string): Node[] {
    return [...(this.#dependents.get(uid) ?? NONE)].flatMap(dependent => this.#nodes.get(dependent) ?? [])
  }

  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid)
  }

  /** Adds or changes an object; returns the uids to look at. */
  put(node: Node): string[] {
    const previous = this.#nodes.get(node.uid)
    const look: string[] = []
    this.#nodes.set(node.uid, node)
    const ownerUids = new Set(node.owners.map(owner => owner.uid))
    for (const { uid } of previous?.owners ?? []) {
      if (ownerUids.has(uid)) continue
      this.#unlink(uid, node.uid)
      look.push(uid)
    }
    for (const uid of ownerUids) {
      const dependents = this.#dependents.get(uid) ?? new Set<string>()
      this.#dependents.set(uid, dependents)
      dependents.add(node.uid)
    }
    // An owner in the graph is alive until its deletion is seen; one that is not has to be asked for.
    if (node.owners.some(owner => needsLook(node, owner, this.#nodes.get(owner.uid)))) look.push(node.uid)
    // A dependent that no longer blocks, or is being deleted itself, may free its owner.
    for (const uid of ownerUids) if (this.#nodes.get(uid)?.isDeletingDependents) look.push(uid)
    if (node.isDeletingDependents) {
      look.push(node.uid)
      if (!previous?.isDeletingDependents) look.push(...(this.#dependents.get(node.uid) ?? NONE))
    }
    if (node.isOrphaning) look.push(node.uid)
    return look
  }

  /** Forgets an object that is gone; its dependents and waiting owners need a look. */
  remove(uid: string): string[] {
    const node = this.#nodes.get(uid)
    if (!node) return []
    this.#nodes.delete(uid)
    for (const owner of node.owners) this.#unlink(owner.uid, uid)
    const waiting = node.owners
      .map(owner => owner.uid)
      .filter(owner => this.#nodes.get(owner)?.isDeletingDependents)
    return [...(this.#dependents.get(uid) ?? NONE), ...waiting]
  }

  #unlink(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner)
    dependents?.delete(dependent)
    if (dependents?.size === 0) this.#dependents.delete(owner)
  }
}

/** The owner is not known, on its way out, or not what the reference says: another name, or another namespace. */
const needsLook = (node: Node, reference: OwnerReference, owner: Node | undefined): boolean =>
  owner === undefined ||
  owner.isDeletingDependents ||
  owner.name !== reference.name ||
  owner.kind.kind !== reference.kind ||
  (owner.namespace !== undefined && owner.namespace !== node.namespace)
