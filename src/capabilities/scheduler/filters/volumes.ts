import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import { compareQuantities } from '../../../kube/quantity.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { matchesNodeSelector, matchesTerm } from '../../../kube/node-terms.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import type { Storage } from '../cluster/storage.ts'
import { type Filter, type FilterPlugin, final, forNow } from './filter.ts'

const BINDING = 'VolumeBinding'
const wrongNode = final(BINDING, "node(s) didn't match PersistentVolume's node affinity")
const noVolume = final(BINDING, "node(s) didn't find available persistent volumes to bind")
const noSuchVolume = final(
  BINDING,
  'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
)
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** Claims of a pod: what is bound holds it to nodes, what waits for its consumer is to be bound for the chosen node. */
export interface PodClaims {
  bound: readonly PersistentVolumeClaim[]
  waiting: readonly PersistentVolumeClaim[]
}

/** The claims of a pod, or why it has to wait whatever the node. */
export function claimsOf(pod: PodFacts, storage: Storage): PodClaims | { refuse: string } {
  const bound: PersistentVolumeClaim[] = []
  const waiting: PersistentVolumeClaim[] = []
  for (const { name, ephemeral } of pod.claims) {
    const claim = storage.claim(`${pod.namespace}/${name}`)
    if (!claim)
      return {
        refuse: ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
          : `persistentvolumeclaim "${name}" not found`,
      }
    const { metadata, spec, status } = claim
    if (status?.phase === 'Lost')
      return {
        refuse: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${spec?.volumeName}"`,
      }
    if (metadata.deletionTimestamp) return { refuse: `persistentvolumeclaim "${name}" is being deleted` }
    if (ephemeral && !metadata.ownerReferences?.some(({ uid }) => uid === pod.uid))
      return { refuse: `PVC ${pod.namespace}/${name} was not created for pod ${pod.key} (pod is not owner)` }
    if (isBound(claim)) bound.push(claim)
    else if (waitsForConsumer(claim, storage) && !spec?.volumeName) waiting.push(claim)
    else return { refuse: 'pod has unbound immediate PersistentVolumeClaims' }
  }
  return { bound, waiting }
}

const BOUND = 'pv.kubernetes.io/bind-completed'
export const isBound = ({ metadata, spec, status }: PersistentVolumeClaim): boolean =>
  Boolean(spec?.volumeName) && (status?.phase === 'Bound' || metadata.annotations?.[BOUND] !== undefined)

const waitsForConsumer = ({ spec }: PersistentVolumeClaim, storage: Storage): boolean =>
  storage.storageClass(spec?.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer'

/** Volumes hold pods to the nodes that can reach them. */
export const volumeBinding: FilterPlugin = {
  name: BINDING,
  prepare(pod, { surroundings }) {
    if (pod.claims.length === 0) return undefined
    const { storage } = surroundings
    const claims = claimsOf(pod, storage)
    if ('refuse' in claims) return claims
    const volumes = claims.bound.map(claim => storage.volume(claim.spec?.volumeName ?? ''))
    return {
      test(node) {
        for (const volume of volumes) {
          if (!volume) return noSuchVolume
          if (!isReachable(volume, node)) return wrongNode
        }
        return claims.waiting.length > 0 && !planBindings(claims.waiting, node, storage)
          ? noVolume
          : undefined
      },
    }
  },
}

function isReachable({ spec }: PersistentVolume, node: ClusterNode): boolean {
  const required = spec?.nodeAffinity?.required
  return !required || matchesNodeSelector(required, node)
}

/** What to do for claims that wait for their consumer, once its node is known. */
export interface ClaimPlan {
  claim: PersistentVolumeClaim
  /** The volume to bind it to; undefined: have one provisioned for the node. */
  volume: PersistentVolume | undefined
}

/** Finds volumes for the claims, smallest first, or provisioners; undefined where the node has neither for one of them. */
export function planBindings(
  waiting: readonly PersistentVolumeClaim[],
  node: ClusterNode,
  storage: Storage,
): readonly ClaimPlan[] | undefined {
  const taken = new Set<string>()
  const plans: ClaimPlan[] = []
  for (const claim of waiting) {
    const storageClass = storage.storageClass(claim.spec?.storageClassName ?? '')
    const volume = storage
      .freeVolumes(claim.spec?.storageClassName ?? '')
      .filter(({ metadata }) => !taken.has(metadata.name))
      .filter(candidate => suits(candidate, claim) && isReachable(candidate, node))
      .sort((a, b) => compareQuantities(sizeOf(a), sizeOf(b)))[0]
    if (volume) taken.add(volume.metadata.name)
    else if (!storageClass || storageClass.provisioner === NO_PROVISIONER) return undefined
    else if (!isAllowed(storageClass.allowedTopologies, node)) return undefined
    plans.push({ claim, volume })
  }
  return plans
}

const sizeOf = ({ spec }: PersistentVolume): string => spec?.capacity?.['storage'] ?? '0'

function suits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const [wanted, has] = [claim.spec, volume.spec]
  return (
    !volume.metadata.deletionTimestamp &&
    (has?.volumeMode ?? 'Filesystem') === (wanted?.volumeMode ?? 'Filesystem') &&
    (wanted?.accessModes ?? []).every(mode => has?.accessModes?.includes(mode)) &&
    compareQuantities(sizeOf(volume), wanted?.resources?.requests?.['storage'] ?? '0') >= 0 &&
    (!wanted?.selector || matchesLabelSelector(wanted.selector, volume.metadata.labels))
  )
}

type Topologies = NonNullable<ReturnType<Storage['storageClass']>>['allowedTopologies']

function isAllowed(topologies: Topologies, node: ClusterNode): boolean {
  if (!topologies?.length) return true
  return topologies.some(({ matchLabelExpressions = [] }) =>
    matchesTerm(
      { matchExpressions: matchLabelExpressions.map(expression => ({ ...expression, operator: 'In' })) },
      node,
    ),
  )
}

const ZONES = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']
const wrongZone = final('VolumeZone', 'node(s) had no available volume zone')
/** A volume that is labelled with a zone stays in it. */
export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  prepare(pod, { surroundings }) {
    const wanted = pod.claims.flatMap(({ name }) => {
      const claim = surroundings.storage.claim(`${pod.namespace}/${name}`)
      const labels = surroundings.storage.volume(claim?.spec?.volumeName ?? '')?.metadata.labels ?? {}
      // Several zones of one volume are joined by `__`.
      return ZONES.filter(key => labels[key]).map(key => [key, new Set(labels[key]?.split('__'))] as const)
    })
    if (wanted.length === 0) return undefined
    return {
      test: ({ labels }) =>
        // Nodes without any such label are of a cluster without zones.
        ZONES.some(key => labels[key]) && wanted.some(([key, values]) => !values.has(labels[key] ?? ''))
          ? wrongZone
          : undefined,
    }
  },
}

const inUse = forNow(
  'VolumeRestrictions',
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
)
/** A claim of mode ReadWriteOncePod is used by one pod only. */
export const volumeRestrictions: FilterPlugin = {
  name: 'VolumeRestrictions',
  prepare(pod, cluster) {
    const exclusive = pod.claims
      .map(({ name }) => `${pod.namespace}/${name}`)
      .filter(key => cluster.surroundings.storage.claim(key)?.spec?.accessModes?.includes('ReadWriteOncePod'))
    return exclusive.length === 0 ? undefined : new ExclusiveClaims(cluster, exclusive)
  },
}

class ExclusiveClaims implements Filter {
  readonly #claims: ReadonlySet<string>
  #users = 0

  constructor(cluster: Cluster, claims: readonly string[]) {
    this.#claims = new Set(claims)
    for (const node of cluster.nodes) for (const claim of claims) this.#users += node.claims.get(claim) ?? 0
  }

  moved(pod: PodFacts, _node: ClusterNode, by: 1 | -1): void {
    for (const { name } of pod.claims) if (this.#claims.has(`${pod.namespace}/${name}`)) this.#users += by
  }

  test() {
    return this.#users > 0 ? inUse : undefined
  }
}
