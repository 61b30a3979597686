import type { Container, Pod, ResourceFieldSelector } from '../../../kube/generated/core-v1.ts'
import { isQuantity, quantityToNumber } from '../../../kube/quantity.ts'
import { ConfigError } from './config-error.ts'

/** The pod with what only the node knows of it. */
export interface PodFacts {
  pod: Pod
  podIP: string
  hostIP: string
  /** What a container without limits could use at most, as quantities: the node's allocatable. */
  allocatable: Readonly<Record<string, string>>
}

/** The value of a downward API field path. Throws ConfigError for a path that is not one. */
export function fieldValue(path: string, { pod, podIP, hostIP }: PodFacts): string {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (subscript) {
    const map = subscript[1] === 'labels' ? metadata.labels : metadata.annotations
    return map?.[subscript[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'metadata.labels':
      return formatMap(metadata.labels)
    case 'metadata.annotations':
      return formatMap(metadata.annotations)
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default'
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP
    case 'status.podIP':
    case 'status.podIPs':
      return podIP
    default:
      throw new ConfigError(`fieldPath "${path}" is not supported`)
  }
}

/** One `key="value"` a line, sorted: the form of labels and annotations in a downward API volume. */
const formatMap = (map: Record<string, string> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')

/** The value of a resource field: a container's request or limit in units of the divisor, rounded up. */
export function resourceValue(
  selector: ResourceFieldSelector,
  container: Container | undefined,
  facts: PodFacts,
): string {
  const owner = selector.containerName
    ? [...(facts.pod.spec.initContainers ?? []), ...facts.pod.spec.containers].find(
        candidate => candidate.name === selector.containerName,
      )
    : container
  if (!owner) throw new ConfigError(`resourceFieldRef: container "${selector.containerName}" not found`)
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource)
  const [, list, name = ''] = match ?? []
  if (!list) throw new ConfigError(`resourceFieldRef: resource "${selector.resource}" is not supported`)
  const { limits, requests } = owner.resources ?? {}
  const quantity =
    list === 'limits'
      ? (limits?.[name] ?? facts.allocatable[name])
      : (requests?.[name] ?? limits?.[name] ?? '0')
  const divisor = selector.divisor && selector.divisor !== '0' ? selector.divisor : '1'
  return String(Math.ceil(amount(quantity ?? '0') / amount(divisor)))
}

function amount(quantity: string): number {
  if (!isQuantity(quantity)) throw new ConfigError(`"${quantity}" is not a quantity`)
  return quantityToNumber(quantity)
}
