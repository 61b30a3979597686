import type { Kernel } from '../../kernel/capability.ts'
import { Pod, type PodTemplateSpec } from '../../kube/generated/core-v1.ts'
import type { Kind } from '../../kube/kind.ts'
import type { Draft, KubeObject } from '../../kube/object.ts'
import { isAlreadyExists, isNotFound } from '../../kube/status.ts'
import { draftPod } from './draft-pod.ts'
import type { Expectations } from './expectations.ts'

interface Writer {
  kernel: Kernel
  expectations: Expectations
  component: string
  key: string
  owner: KubeObject
}

interface Creation {
  kind: Kind
  template: PodTemplateSpec
  count: number
  /** Changes each draft, for what a kind adds to its pods. */
  amend?: (draft: Draft<Pod>) => void
}

/**
 * Creates pods in batches of 1, 2, 4 …, so that a refusal costs one request and not hundreds (upstream's slow start).
 * Returns the refusal's message when one failed; what was left is not tried.
 */
export async function createPods(writer: Writer, creation: Creation): Promise<string | undefined> {
  let left = creation.count
  for (let batch = 1; left > 0; batch *= 2) {
    const size = Math.min(batch, left)
    const results = await Promise.all(Array.from({ length: size }, () => createPod(writer, creation)))
    const failure = results.find(result => result !== undefined)
    if (failure !== undefined) return failure
    left -= size
  }
  return undefined
}

async function createPod(writer: Writer, creation: Creation): Promise<string | undefined> {
  const { kernel, expectations, key, owner } = writer
  const draft = draftPod(creation.kind, owner, creation.template)
  creation.amend?.(draft)
  const podKey = `${draft.metadata.namespace}/${draft.metadata.name}`
  expectations.creating(key, podKey)
  try {
    const pod = await kernel.client.create(Pod, draft)
    record(writer, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    return undefined
  } catch (error) {
    expectations.failed(key, podKey)
    // The drawn name is taken: not a refusal of the pod, the next round draws another.
    if (isAlreadyExists(error)) return `the generated pod name ${draft.metadata.name} is taken`
    const message = error instanceof Error ? error.message : String(error)
    record(writer, 'Warning', 'FailedCreate', `Error creating: ${message}`)
    return message
  }
}

/** Deletes pods side by side. Returns the message of a refusal, if there was one. */
export async function deletePods(writer: Writer, pods: readonly Pod[]): Promise<string | undefined> {
  const results = await Promise.all(pods.map(pod => deletePod(writer, pod)))
  return results.find(result => result !== undefined)
}

async function deletePod(writer: Writer, pod: Pod): Promise<string | undefined> {
  const { kernel, expectations, key } = writer
  expectations.deleting(key, pod)
  try {
    await kernel.client.delete(Pod, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
    record(writer, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
    return undefined
  } catch (error) {
    expectations.failed(key, `${pod.metadata.namespace}/${pod.metadata.name}`)
    if (isNotFound(error)) return undefined
    const message = error instanceof Error ? error.message : String(error)
    record(writer, 'Warning', 'FailedDelete', `Error deleting: ${message}`)
    return message
  }
}

function record(
  { kernel, owner, component }: Writer,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) {
  kernel.events.record(owner, { type, reason, message, component })
}
