import { equalJson } from '../../kube/copy.ts'
import { Pod } from '../../kube/generated/core-v1.ts'
import type { RuntimeClass } from '../../kube/generated/node-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { isAbout, refusal } from './objects.ts'

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

/** Gives pods the overhead, node selector and tolerations of their runtime class. */
export const runtimeClass = (store: Store): AdmissionPlugin => ({
  name: 'RuntimeClass',
  handles: request => request.operation === 'CREATE' && isAbout(request, Pod),
  mutate(request) {
    const { spec } = podIn(request)
    const { overhead, scheduling } = classOf(store, request) ?? {}
    if (overhead?.podFixed) {
      if (hasOverhead(spec) && !equalJson(spec.overhead, overhead.podFixed)) throw refusal(request, MISMATCH)
      spec.overhead = { ...overhead.podFixed }
    }
    for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
      const own = spec.nodeSelector?.[key]
      if (own !== undefined && own !== value)
        throw refusal(
          request,
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
        )
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
    }
    const tolerations = spec.tolerations ?? []
    const added = (scheduling?.tolerations ?? []).filter(
      toleration => !tolerations.some(own => equalJson(own, toleration)),
    )
    if (added.length > 0) spec.tolerations = [...tolerations, ...added]
  },
  validate(request) {
    const { spec } = podIn(request)
    const overhead = classOf(store, request)?.overhead
    if (overhead && !equalJson(spec.overhead, overhead.podFixed)) throw refusal(request, MISMATCH)
    if (!overhead && hasOverhead(spec))
      throw refusal(
        request,
        'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
      )
  },
})

// The plugin handles Pods only.
const podIn = ({ object }: AdmissionRequest): Pod => object as unknown as Pod

const hasOverhead = ({ overhead }: Pod['spec']): boolean => Object.keys(overhead ?? {}).length > 0

function classOf(store: Store, request: AdmissionRequest): RuntimeClass | undefined {
  const name = podIn(request).spec.runtimeClassName
  if (!name) return undefined
  const stored = store.head('node.k8s.io/runtimeclasses', '', name)
  if (!stored) throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
  return stored.object as unknown as RuntimeClass
}
