import type { Pod } from '../../kube/generated/core-v1.ts'
import { Pod as PodKind } from '../../kube/generated/core-v1.ts'
import { PriorityClass } from '../../kube/generated/scheduling-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { isAbout, kept, refusal } from './objects.ts'

type Pods = Pod['spec']

/** Gives pods the priority and preemption policy of their class; only one class can be the default. */
export const priority = (store: Store): AdmissionPlugin => ({
  name: 'Priority',
  handles: request =>
    request.operation !== 'DELETE' && (isAbout(request, PodKind) || isAbout(request, PriorityClass)),
  mutate(request) {
    if (!isAbout(request, PodKind)) return
    // The kind says that these are Pods.
    const { spec } = request.object as unknown as Pod
    const before = (request.previous as unknown as Pod | undefined)?.spec
    if (before) keep(spec, before)
    else if (spec) establish(store, request, spec)
  },
  validate(request) {
    if (!isAbout(request, PriorityClass)) return
    // The kind says that it is a PriorityClass.
    const subject = request.object as unknown as PriorityClass
    const current = subject.globalDefault ? defaultClass(store) : undefined
    if (current && (request.operation === 'CREATE' || current.metadata.name !== subject.metadata.name))
      throw refusal(
        request,
        `PriorityClass ${current.metadata.name} is already marked as default. Only one default can exist`,
      )
  },
})

function keep(spec: Pods, before: Pods): void {
  if (before.priority !== undefined) spec.priority ??= before.priority
  if (before.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy
}

function establish(store: Store, request: AdmissionRequest, spec: Pods): void {
  const name = spec.priorityClassName
  const found = name
    ? (store.head('scheduling.k8s.io/priorityclasses', '', name)?.object as unknown as
        | PriorityClass
        | undefined)
    : defaultClass(store)
  if (name && !found) throw refusal(request, `no PriorityClass with name ${name} was found`)
  const value = found?.value ?? 0
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority'
  const computed = (field: string, given: unknown, wanted: unknown) =>
    refusal(
      request,
      `the ${field} (${given}) must not be provided in pod spec; priority admission controller computed ${wanted} from the given PriorityClass name`,
    )
  if (spec.priority !== undefined && spec.priority !== value)
    throw computed('integer value of priority', spec.priority, value)
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw computed('string value of PreemptionPolicy', spec.preemptionPolicy, policy)
  if (found) spec.priorityClassName = found.metadata.name
  spec.priority = value
  spec.preemptionPolicy = policy
}

/** Of several classes that are marked as default the one of the lowest value counts. */
function defaultClass(store: Store): PriorityClass | undefined {
  let lowest: PriorityClass | undefined
  for (const candidate of kept(store, PriorityClass))
    if (candidate.globalDefault && (!lowest || (candidate.value ?? 0) < (lowest.value ?? 0)))
      lowest = candidate
  return lowest
}
