import type { Kernel } from '../../../kernel/capability.ts'
import { type Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { controllerOf } from '../claim.ts'
import { newAnnotations, sizeAnnotations } from './annotations.ts'
import { draftReplicaSet } from './new-replica-set.ts'
import { newSize, wantedReplicas } from './rolling-update.ts'
import { isSameTemplate } from './template-hash.ts'

const COMPONENT = 'deployment-controller'

/** The hash of another template gave the same name; the caller counts the collision and tries again. */
export class NameCollision extends Error {
  override name = 'NameCollision'
}

/** What the deployment controller writes: ReplicaSets, and the events that tell of it. */
export class ReplicaSetWriter {
  readonly #kernel: Kernel
  readonly #deployment: Deployment

  constructor(kernel: Kernel, deployment: Deployment) {
    this.#kernel = kernel
    this.#deployment = deployment
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#kernel.events.record(this.#deployment, { type, reason, message, component: COMPONENT })
  }

  /** Creates the ReplicaSet of the current template, or finds it where the informer does not show it yet. */
  async create(old: readonly ReplicaSet[], revision: bigint): Promise<ReplicaSet> {
    const replicas = newSize(this.#deployment, old, 0)
    const draft = draftReplicaSet(this.#deployment, { replicas, revision })
    try {
      const created = await this.#kernel.client.create(ReplicaSet, draft)
      if (replicas > 0)
        this.event(
          'Normal',
          'ScalingReplicaSet',
          `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}`,
        )
      return created
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const { name = '', namespace } = draft.metadata
      const existing = await this.#kernel.client.get(ReplicaSet, { name, namespace })
      const isOurs =
        controllerOf(existing)?.uid === this.#deployment.metadata.uid &&
        isSameTemplate(existing.spec.template, this.#deployment.spec.template)
      if (isOurs) return existing
      throw new NameCollision(`replica set ${name} exists with another template or owner`, { cause: error })
    }
  }

  /** Brings annotations and minReadySeconds of the current ReplicaSet up to date. */
  async refresh(fresh: ReplicaSet, revision: bigint): Promise<ReplicaSet> {
    const annotations = newAnnotations(this.#deployment, fresh.metadata.annotations, revision)
    const { minReadySeconds } = this.#deployment.spec
    if (
      isSame(annotations, fresh.metadata.annotations) &&
      (minReadySeconds ?? 0) === (fresh.spec.minReadySeconds ?? 0)
    )
      return fresh
    return this.#kernel.client.update(ReplicaSet, {
      ...fresh,
      metadata: { ...fresh.metadata, annotations },
      spec: { ...fresh.spec, minReadySeconds },
    })
  }

  /** Resizes; Conflict when the informer's copy was stale, which retries the whole decision. */
  async resize(replicaSet: ReplicaSet, replicas: number): Promise<ReplicaSet> {
    const before = wantedReplicas(replicaSet)
    const annotations = { ...replicaSet.metadata.annotations, ...sizeAnnotations(this.#deployment) }
    if (before === replicas && isSame(annotations, replicaSet.metadata.annotations)) return replicaSet
    const updated = await this.#kernel.client.update(ReplicaSet, {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...replicaSet.spec, replicas },
    })
    if (before !== replicas) {
      const direction = replicas > before ? 'up' : 'down'
      const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`
      this.event('Normal', 'ScalingReplicaSet', message)
    }
    return updated
  }
}
