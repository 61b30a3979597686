import type { Container, Pod } from '../generated/core-v1.ts'
import type { Kind } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { CLASS_SUFFIX, countNameOf, hasPodLevelResources, isExtended, isNative } from './usage.ts'

const ofPods = new Set(['pods', 'count/pods'])
const ofServices = new Set(['services', 'services.nodeports', 'services.loadbalancers'])
const ofClaims = ['persistentvolumeclaims', 'requests.storage']
const counted = new Set(['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'])

/** Which of a quota's resources objects of the kind use. */
export function coveredBy(
  { group, plural }: Pick<Kind, 'group' | 'plural'>,
  resources: readonly string[],
): string[] {
  const count = countNameOf({ group, plural })
  return resources.filter(resource => {
    if (resource === count) return true
    if (group !== '') return false
    switch (plural) {
      case 'pods':
        return ofPods.has(resource) || isComputed(resource)
      case 'services':
        return ofServices.has(resource)
      case 'persistentvolumeclaims':
        return ofClaims.some(name => resource === name || resource.endsWith(CLASS_SUFFIX + name))
      default:
        return counted.has(resource) && resource === plural
    }
  })
}

function isComputed(resource: string): boolean {
  if (resource === 'requests.storage' || resource.includes(CLASS_SUFFIX)) return false
  const [, side, name = ''] = /^(requests\.|limits\.)?(.*)$/.exec(resource) ?? []
  return isNative(name) || (side === 'requests.' && isExtended(name))
}

/** CPU and memory must be said where a quota limits them, so that nothing goes uncounted. */
const mustBeSaid = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
])

/** What containers of the pod leave unsaid: `must specify limits.cpu for: a,b; …`; undefined where it is all said. */
export function whatIsMissing(
  kind: Pick<Kind, 'group' | 'plural'>,
  object: KubeObject,
  resources: readonly string[],
): string | undefined {
  if (kind.group !== '' || kind.plural !== 'pods') return undefined
  // The kind says that it is a Pod.
  const pod = object as unknown as Pod
  if (hasPodLevelResources(pod)) return undefined
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const missing = resources
    .filter(resource => mustBeSaid.has(resource))
    .sort()
    .flatMap(resource => {
      const names = containers.filter(container => !says(container, resource)).map(({ name }) => name)
      return names.length === 0 ? [] : [`${resource} for: ${[...new Set(names)].sort().join(',')}`]
    })
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`
}

function says({ resources }: Container, resource: string): boolean {
  const [, side, name = ''] = /^(requests|limits)?\.?(.*)$/.exec(resource) ?? []
  return (side === 'limits' ? resources?.limits : resources?.requests)?.[name] !== undefined
}
