import type { Pod, PodAffinityTerm } from '../../kube/generated/core-v1.ts'
import type { LabelSelector } from '../../kube/generated/meta-v1.ts'
import { toTime } from '../../lib/clock.ts'

/** What a new pod gets for its scheduler: the condition that gates hold it, and selectors with `matchLabelKeys` written out. */
export function prepareScheduling(pod: Pod, now: number): void {
  const { spec, metadata, status } = pod
  if (!spec) return
  if (spec.schedulingGates?.length)
    pod.status = {
      ...status,
      conditions: [
        ...(status?.conditions ?? []),
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: toTime(now),
        },
      ],
    }
  const labels = metadata.labels ?? {}
  for (const side of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of side?.requiredDuringSchedulingIgnoredDuringExecution ?? []) writeOut(term, labels)
    for (const { podAffinityTerm } of side?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      writeOut(podAffinityTerm, labels)
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    const { labelSelector, matchLabelKeys = [] } = constraint
    if (labelSelector) requireLabels(labelSelector, matchLabelKeys, 'In', labels)
  }
}

type Labels = Readonly<Record<string, string>>

/** What is missing in a term is refused by validation, which comes later. */
function writeOut(term: PodAffinityTerm | undefined, labels: Labels) {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term ?? {}
  if (!labelSelector) return
  requireLabels(labelSelector, matchLabelKeys, 'In', labels)
  requireLabels(labelSelector, mismatchLabelKeys, 'NotIn', labels)
}

/** Keys that the pod has no label of are left out, as the API says. */
function requireLabels(
  selector: LabelSelector,
  keys: readonly string[],
  operator: 'In' | 'NotIn',
  labels: Labels,
) {
  const requirements = keys.flatMap(key => {
    const value = labels[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
  if (requirements.length > 0)
    selector.matchExpressions = [...(selector.matchExpressions ?? []), ...requirements]
}
