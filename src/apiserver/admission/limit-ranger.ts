import { type Container, LimitRange, PersistentVolumeClaim, Pod } from '../../kube/generated/core-v1.ts'
import { formatQuantity } from '../../kube/quantity.ts'
import { podAmounts } from '../../kube/pod-resources.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { type Asked, brokenLimits } from './limits.ts'
import { isAbout, kept, refusal } from './objects.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

/** Gives containers the default requests and limits of their namespace, and refuses what lies outside its ranges. */
export const limitRanger = (store: Store): AdmissionPlugin => ({
  name: 'LimitRanger',
  handles: request =>
    (isAbout(request, Pod) && request.operation === 'CREATE') ||
    (request.kind.plural === 'pods' && request.subresource === 'resize') ||
    (isAbout(request, PersistentVolumeClaim) && request.operation !== 'DELETE'),
  mutate(request) {
    if (request.kind.plural !== 'pods' || request.operation !== 'CREATE') return
    // The kind says that it is a Pod.
    const pod = request.object as unknown as Pod
    // Without containers it is refused for that.
    if (!pod.spec?.containers) return
    for (const range of kept(store, LimitRange, request.namespace)) setDefaults(pod, range)
  },
  validate(request) {
    const broken: string[] = []
    for (const range of kept(store, LimitRange, request.namespace))
      for (const limit of range.spec?.limits ?? [])
        for (const asked of askedOf(request, limit.type)) broken.push(...brokenLimits(limit, asked))
    if (broken.length === 0) return
    throw refusal(request, broken.length === 1 ? (broken[0] ?? '') : `[${broken.join(', ')}]`)
  },
})

function setDefaults(pod: Pod, { spec }: LimitRange): void {
  const requests: Record<string, string> = {}
  const limits: Record<string, string> = {}
  for (const limit of spec?.limits ?? [])
    if (limit.type === 'Container') {
      Object.assign(requests, limit.defaultRequest)
      Object.assign(limits, limit.default)
    }
  const notes = [
    ...pod.spec.containers.flatMap(container => fill(container, { requests, limits }, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap(container =>
      fill(container, { requests, limits }, 'init container'),
    ),
  ]
  if (notes.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
    }
}

type Amounts = Readonly<Record<string, string>>

interface Defaults {
  requests: Amounts
  limits: Amounts
}

function fill(container: Container, { requests, limits }: Defaults, what: string): string[] {
  const own = container.resources ?? {}
  const missing = (defaults: Amounts, given: Amounts = {}) =>
    Object.keys(defaults)
      .filter(resource => given[resource] === undefined)
      .sort()
  const newRequests = missing(requests, own.requests)
  const newLimits = missing(limits, own.limits)
  if (newRequests.length + newLimits.length === 0) return []
  container.resources = {
    ...own,
    ...(newRequests.length > 0 ? { requests: { ...requests, ...own.requests } } : {}),
    ...(newLimits.length > 0 ? { limits: { ...limits, ...own.limits } } : {}),
  }
  return [
    ...(newRequests.length > 0 ? [`${newRequests.join(', ')} request for ${what} ${container.name}`] : []),
    ...(newLimits.length > 0 ? [`${newLimits.join(', ')} limit for ${what} ${container.name}`] : []),
  ]
}

function askedOf({ kind, object }: AdmissionRequest, type: string): Asked[] {
  // The kind says which type it is.
  if (kind.plural === 'persistentvolumeclaims')
    return type === 'PersistentVolumeClaim'
      ? [{ requests: (object as unknown as PersistentVolumeClaim).spec?.resources?.requests ?? {} }]
      : []
  const { spec } = object as unknown as Pod
  if (type === 'Container')
    return [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => ({
      requests: resources?.requests ?? {},
      limits: resources?.limits ?? {},
    }))
  return type === 'Pod' ? [{ requests: total(spec, 'requests'), limits: total(spec, 'limits') }] : []
}

function total(spec: Pod['spec'], side: 'requests' | 'limits'): Record<string, string> {
  const amounts = [...podAmounts({ ...spec, overhead: undefined }, side)]
  return Object.fromEntries(
    amounts.map(([resource, nano]) => [
      resource,
      formatQuantity({ nano, format: resource === 'cpu' ? 'DecimalSI' : 'BinarySI' }),
    ]),
  )
}
