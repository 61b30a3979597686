import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { Draft } from '../../../kube/object.ts'
import { randomName } from '../name-suffix.ts'
import { failureAnnotations } from './index-failures.ts'
import { COMPLETION_INDEX, hasLimitPerIndex, TRACKING } from './job-facts.ts'

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'
/** The longest prefix of a generated name, as apimachinery's names.MaxGeneratedNameLength. */
const MAX_PREFIX = 58

/** Makes a pod of the Job's template one that is tracked, and that knows its index. */
export function amendJobPod(
  job: Job,
  draft: Draft<Pod>,
  { index, replaces }: { index: number | undefined; replaces: Pod | undefined },
): void {
  const { metadata } = draft
  metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), TRACKING])]
  if (index === undefined) return
  const suffix = `-${index}-`
  metadata.generateName = job.metadata.name.slice(0, MAX_PREFIX - suffix.length) + suffix
  metadata.name = randomName(metadata.generateName)
  metadata.labels = { ...metadata.labels, [COMPLETION_INDEX]: String(index) }
  metadata.annotations = {
    ...metadata.annotations,
    [COMPLETION_INDEX]: String(index),
    ...(hasLimitPerIndex(job) ? failureAnnotations(job, replaces) : {}),
  }
  draft.spec = {
    ...draft.spec,
    hostname: `${job.metadata.name}-${index}`,
    containers: draft.spec.containers.map(withIndexVariable),
    ...(draft.spec.initContainers
      ? { initContainers: draft.spec.initContainers.map(withIndexVariable) }
      : {}),
  }
}

function withIndexVariable(container: Container): Container {
  const { env = [] } = container
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` }
  return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef } }] }
}
