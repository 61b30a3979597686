import type { Kernel } from '../../../kernel/capability.ts'
import { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { PersistentVolumeClaim, Pod, type PodTemplateSpec } from '../../../kube/generated/core-v1.ts'
import type { Draft, DraftMeta } from '../../../kube/object.ts'
import { isAlreadyExists, isNotFound } from '../../../kube/status.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { draftPod } from '../draft-pod.ts'
import type { Expectations } from '../expectations.ts'
import { REVISION_HASH } from '../history/controller-revision.ts'
import { hasConflictingController, hasStaleOwner, type PodIdentity, wantedOwners } from './claim-retention.ts'
import { claimNames, draftClaims, volumesOf } from './claims.ts'
import { identityLabels, ordinalOf, parseOrdinal } from './identity.ts'

const COMPONENT = 'statefulset-controller'

/** What a StatefulSet writes: pods and claims, and the events that tell of it. */
export class StatefulPods {
  readonly #kernel: Kernel
  readonly #set: StatefulSet
  readonly #expectations: Expectations
  readonly #key: string

  constructor(kernel: Kernel, set: StatefulSet, expectations: Expectations) {
    this.#kernel = kernel
    this.#set = set
    this.#expectations = expectations
    this.#key = `${set.metadata.namespace}/${set.metadata.name}`
  }

  /** Claims first, then the pod that mounts them. */
  async create(ordinal: number, template: PodTemplateSpec, revision: string): Promise<void> {
    const draft = draftStatefulPod(this.#set, template, { ordinal, revision })
    const { name } = draft.metadata
    const pod = { metadata: { ...draft.metadata, name } }
    if (this.#hasStaleClaims(pod)) return
    const key = `${draft.metadata.namespace}/${name}`
    try {
      await this.#createClaims(ordinal, name)
      this.#expectations.creating(this.#key, key)
      await this.#kernel.client.create(Pod, draft)
      await this.retainClaims(pod)
      this.#tell('create', name)
    } catch (error) {
      this.#expectations.failed(this.#key, key)
      if (!isAlreadyExists(error)) this.#tell('create', name, error)
      throw error
    }
  }

  async delete(pod: Pod): Promise<void> {
    this.#expectations.deleting(this.#key, pod)
    try {
      await this.#kernel.client.delete(Pod, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
    } catch (error) {
      this.#expectations.failed(this.#key, `${pod.metadata.namespace}/${pod.metadata.name}`)
      if (!isNotFound(error)) {
        this.#tell('delete', pod.metadata.name, error)
        throw error
      }
    }
    this.#tell('delete', pod.metadata.name)
  }

  /** Gives an adopted pod its labels and volumes; the API refuses the latter, and the event says so. */
  async repair(pod: Pod): Promise<void> {
    const { name } = pod.metadata
    const ordinal = ordinalOf(pod)
    const labels = { ...pod.metadata.labels, ...identityLabels(name, ordinal) }
    try {
      await this.ensureClaims(pod)
      await this.#kernel.client.update(Pod, {
        ...pod,
        metadata: { ...pod.metadata, labels },
        spec: { ...pod.spec, volumes: volumesOf(this.#set, pod.spec, ordinal) },
      })
      this.#tell('update', name)
    } catch (error) {
      this.#tell('update', name, error)
      throw error
    }
  }

  async ensureClaims(pod: Pod): Promise<void> {
    await this.#createClaims(ordinalOf(pod), pod.metadata.name)
    await this.retainClaims(pod)
  }

  /** Sets the owners of the pod's claims by the retention policy. */
  async retainClaims(pod: PodIdentity): Promise<void> {
    for (const claim of this.#claimsOf(pod)) {
      if (hasConflictingController(claim, this.#set, pod))
        this.#record(
          'Warning',
          'ConflictingController',
          `PersistentVolumeClaim ${claim.metadata.name} has a conflicting OwnerReference that acts as a managing controller, the retention policy is ignored for this claim`,
        )
      const ownerReferences = wantedOwners(claim, this.#set, pod)
      if (!ownerReferences) continue
      const { uid, resourceVersion } = claim.metadata
      await this.#kernel.client
        .patch(PersistentVolumeClaim, claim.metadata, { metadata: { uid, resourceVersion, ownerReferences } })
        .catch(ignoreNotFound)
    }
  }

  #claimsOf({ metadata }: PodIdentity): PersistentVolumeClaim[] {
    const claims = this.#kernel.informers.for(PersistentVolumeClaim)
    return claimNames(this.#set, parseOrdinal(metadata.name).ordinal)
      .map(name => claims.get(`${this.#set.metadata.namespace}/${name}`))
      .filter(claim => claim !== undefined)
  }

  /** Claims that go with the pod's predecessor must be gone before a new pod mounts their successors. */
  #hasStaleClaims(pod: PodIdentity): boolean {
    if (this.#set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false
    return this.#claimsOf(pod).some(claim => hasStaleOwner(claim, Pod, pod))
  }

  async #createClaims(ordinal: number, podName: string): Promise<void> {
    const claims = this.#kernel.informers.for(PersistentVolumeClaim)
    for (const draft of draftClaims(this.#set, ordinal)) {
      const name = draft.metadata.name ?? ''
      const existing = claims.get(`${this.#set.metadata.namespace}/${name}`)
      if (existing?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`)
      if (existing) continue
      const about = `Claim ${name} Pod ${podName} in StatefulSet ${this.#set.metadata.name}`
      try {
        await this.#kernel.client.create(PersistentVolumeClaim, draft)
        this.#record('Normal', 'SuccessfulCreate', `Create ${about} success`)
      } catch (error) {
        if (isAlreadyExists(error)) continue
        const message = error instanceof Error ? error.message : String(error)
        this.#record('Warning', 'FailedCreate', `Create ${about} failed error: ${message}`)
        throw new Error(`failed to create PVC ${name}: ${message}`, { cause: error })
      }
    }
  }

  #tell(verb: 'create' | 'update' | 'delete', podName: string, error?: unknown): void {
    const title = { create: 'Create', update: 'Update', delete: 'Delete' }[verb]
    const about = `${title} Pod ${podName} in StatefulSet ${this.#set.metadata.name}`
    if (error === undefined) this.#record('Normal', `Successful${title}`, `${about} successful`)
    else {
      const message = error instanceof Error ? error.message : String(error)
      this.#record('Warning', `Failed${title}`, `${about} failed error: ${message}`)
    }
  }

  #record(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#kernel.events.record(this.#set, { type, reason, message, component: COMPONENT })
  }
}

/** The pod of one ordinal: stable name, host name and volumes. */
export function draftStatefulPod(
  set: StatefulSet,
  template: PodTemplateSpec,
  { ordinal, revision }: { ordinal: number; revision: string },
): Draft<Pod> & { metadata: DraftMeta & { name: string } } {
  const name = `${set.metadata.name}-${ordinal}`
  const { metadata, spec } = draftPod(StatefulSet, set, template)
  const labels = { ...metadata.labels, ...identityLabels(name, ordinal), [REVISION_HASH]: revision }
  return {
    metadata: { ...metadata, name, generateName: `${set.metadata.name}-`, labels },
    spec: {
      ...spec,
      hostname: name,
      subdomain: set.spec.serviceName,
      volumes: volumesOf(set, spec, ordinal),
    },
  }
}
