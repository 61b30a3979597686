import type { Kernel } from '../../../kernel/capability.ts'
import type { Informer } from '../../../kernel/informer.ts'
import { ControllerRevision } from '../../../kube/generated/apps-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import type { LabelSelector } from '../../../kube/generated/meta-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { claimObjects, ignoreNotFound, indexOrphans } from '../claim-objects.ts'
import { controllerOf } from '../claim.ts'
import { byRevision, draftRevision, isRevisionOf, planRevision, type Revised } from './controller-revision.ts'

type Owner = Revised & {
  spec: { selector: LabelSelector }
  status?: { collisionCount?: number | undefined } | undefined
}

export interface CurrentRevision {
  update: ControllerRevision
  /** All, oldest first, with `update` where it was created or renumbered. */
  revisions: readonly ControllerRevision[]
  collisionCount: number
}

/** The ControllerRevisions of one kind of owner. */
export class RevisionHistory {
  readonly #kernel: Kernel
  readonly #kind: Kind
  readonly #informer: Informer<ControllerRevision>

  constructor(kernel: Kernel, kind: Kind) {
    this.#kernel = kernel
    this.#kind = kind
    this.#informer = kernel.informers.for(ControllerRevision)
    indexOrphans(this.#informer)
  }

  /** The owner's revisions, the newest of which is its current template: found, renumbered or created. */
  async current(owner: Owner): Promise<CurrentRevision> {
    const known = await claimObjects({
      client: this.#kernel.client,
      informer: this.#informer,
      ownerKind: this.#kind,
      owner,
      isSelected: revision => matchesLabelSelector(owner.spec.selector, revision.metadata.labels),
    })
    known.sort(byRevision)
    const collisionCount = owner.status?.collisionCount ?? 0
    const step = planRevision(known, owner.spec.template)
    switch (step.kind) {
      case 'keep':
        return { update: step.revision, revisions: known, collisionCount }
      case 'renumber': {
        const update = await this.#kernel.client.update(ControllerRevision, {
          ...step.revision,
          revision: step.number,
        })
        const others = known.filter(revision => revision !== step.revision)
        return { update, revisions: [...others, update], collisionCount }
      }
      case 'create': {
        const created = await this.#create(owner, step.number, collisionCount)
        const others = known.filter(({ metadata }) => metadata.uid !== created.update.metadata.uid)
        return { ...created, revisions: [...others, created.update] }
      }
    }
  }

  async remove(revisions: readonly ControllerRevision[]): Promise<void> {
    for (const { metadata } of revisions)
      await this.#kernel.client
        .delete(ControllerRevision, metadata, { preconditions: { uid: metadata.uid } })
        .catch(ignoreNotFound)
  }

  /** Counts collisions up until a name is free, or is this very revision that the informer does not show yet. */
  async #create(owner: Owner, revision: number, collisions: number) {
    for (let collisionCount = collisions; ; collisionCount++) {
      const draft = draftRevision(this.#kind, owner, { revision, collisionCount })
      try {
        return { update: await this.#kernel.client.create(ControllerRevision, draft), collisionCount }
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        const existing = await this.#kernel.client.get(ControllerRevision, {
          name: draft.metadata.name ?? '',
          namespace: draft.metadata.namespace,
        })
        const isOurs = controllerOf(existing)?.uid === owner.metadata.uid
        if (isOurs && isRevisionOf(existing, owner.spec.template)) return { update: existing, collisionCount }
      }
    }
  }
}
