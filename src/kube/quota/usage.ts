import type { PersistentVolumeClaim, Pod, Service } from '../generated/core-v1.ts'
import { groupResourceOf, type Kind } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { effectiveSpec, isPodLevel, nanoOf, podAmounts } from '../pod-resources.ts'
import { parseQuantity, type Quantity } from '../quantity.ts'

/** How much of each resource of a quota is used. */
export type Usage = Map<string, Quantity>

const NANO = 1_000_000_000n
const whole = (count: number): Quantity => ({ nano: BigInt(count) * NANO, format: 'DecimalSI' })

/** Names that quotas had for numbers of objects before `count/RESOURCE.GROUP`. */
const aliases: Readonly<Record<string, string>> = {
  configmaps: 'configmaps',
  persistentvolumeclaims: 'persistentvolumeclaims',
  replicationcontrollers: 'replicationcontrollers',
  resourcequotas: 'resourcequotas',
  secrets: 'secrets',
  services: 'services',
}

/** `count/deployments.apps`: the name under which a quota counts the objects of a kind. */
export const countNameOf = (kind: Pick<Kind, 'group' | 'plural'>): string => `count/${groupResourceOf(kind)}`

/** What one object uses of a quota. `now`, milliseconds, decides whether a pod that was deleted still counts. */
export function usageOf(kind: Pick<Kind, 'group' | 'plural'>, object: KubeObject, now: number): Usage {
  const usage: Usage = new Map([[countNameOf(kind), whole(1)]])
  if (kind.group !== '') return usage
  const alias = aliases[kind.plural]
  if (alias) usage.set(alias, whole(1))
  // The kind says which type it is.
  if (kind.plural === 'pods') addPod(usage, object as unknown as Pod, now)
  if (kind.plural === 'services') addService(usage, object as unknown as Service)
  if (kind.plural === 'persistentvolumeclaims') addClaim(usage, object as unknown as PersistentVolumeClaim)
  return usage
}

function addPod(usage: Usage, pod: Pod, now: number): void {
  if (!usesResources(pod, now)) return
  usage.set('pods', whole(1))
  const formats = formatsOf(pod)
  const set = (name: string, resource: string, nano: bigint) =>
    usage.set(name, { nano, format: formats.get(resource) ?? 'DecimalSI' })
  const spec = effectiveSpec(pod)
  for (const [resource, nano] of podAmounts(spec, 'requests')) {
    if (isNative(resource)) set(resource, resource, nano)
    if (isNative(resource) || isExtended(resource)) set(`requests.${resource}`, resource, nano)
  }
  for (const [resource, nano] of podAmounts(spec, 'limits'))
    if (isLimited(resource)) set(`limits.${resource}`, resource, nano)
}

/** Pods that have ended, or whose deletion is overdue, use nothing any more. */
function usesResources({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return true
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

/** Sums are written in the suffixes of what they are sums of. */
function formatsOf({ spec }: Pod): Map<string, Quantity['format']> {
  const formats = new Map<string, Quantity['format']>()
  for (const { resources } of [spec, ...spec.containers, ...(spec.initContainers ?? [])])
    for (const list of [resources?.requests, resources?.limits])
      for (const [resource, amount] of Object.entries(list ?? {}))
        if (!formats.has(resource)) formats.set(resource, parseQuantity(amount).format)
  return formats
}

export const isNative = (resource: string): boolean =>
  isLimited(resource) || resource.startsWith('hugepages-')
const isLimited = (resource: string): boolean =>
  resource === 'cpu' || resource === 'memory' || resource === 'ephemeral-storage'

/** Resources of devices: with a domain that is not of Kubernetes itself. */
export const isExtended = (resource: string): boolean =>
  resource.includes('/') && !/(^|\.)kubernetes\.io\//.test(resource) && !resource.startsWith('requests.')

function addService(usage: Usage, { spec }: Service): void {
  const ports = spec?.ports ?? []
  const balanced = spec?.type === 'LoadBalancer'
  const opened =
    spec?.type === 'NodePort' || (balanced && spec?.allocateLoadBalancerNodePorts !== false)
      ? ports.length
      : balanced
        ? ports.filter(({ nodePort }) => nodePort).length
        : 0
  usage.set('services.nodeports', whole(opened))
  usage.set('services.loadbalancers', whole(balanced ? 1 : 0))
}

/** Follows the name of a storage class in the names of its own quotas. */
export const CLASS_SUFFIX = '.storageclass.storage.k8s.io/'

function addClaim(usage: Usage, claim: PersistentVolumeClaim): void {
  const storageClass =
    claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName
  const storage = largerOf(
    claim.spec?.resources?.requests?.['storage'],
    claim.status?.allocatedResources?.['storage'],
  )
  if (storage) usage.set('requests.storage', storage)
  if (!storageClass) return
  usage.set(`${storageClass}${CLASS_SUFFIX}persistentvolumeclaims`, whole(1))
  if (storage) usage.set(`${storageClass}${CLASS_SUFFIX}requests.storage`, storage)
}

function largerOf(requested: string | undefined, allocated: string | undefined): Quantity | undefined {
  if (requested === undefined) return undefined
  return parseQuantity(
    allocated !== undefined && nanoOf(allocated) > nanoOf(requested) ? allocated : requested,
  )
}

/** Whether the pod itself, rather than its containers, says what it needs. */
export const hasPodLevelResources = ({ spec }: Pod): boolean =>
  [spec.resources?.requests, spec.resources?.limits].some(list => Object.keys(list ?? {}).some(isPodLevel))
