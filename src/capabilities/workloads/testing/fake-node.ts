import type { Kernel } from '../../../kernel/capability.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'

/** What the fake node does with a pod that was just created. */
export type Outcome = 'ready' | 'unready' | 'succeeded' | 'failed' | 'pending'

/** For tests: plays the kubelet. Pods get an address and the wanted outcome; deleted ones go at once. */
export function fakeNode(kernel: Kernel, outcomeOf: (pod: Pod) => Outcome = () => 'ready'): Disposable {
  let address = 1
  const swallow = () => {}
  return kernel.informers.for(Pod).onChange(({ type, object: pod }) => {
    if (type === 'deleted') return
    if (pod.metadata.deletionTimestamp) {
      if ((pod.metadata.finalizers ?? []).length === 0)
        kernel.client
          .delete(Pod, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
          .catch(swallow)
      return
    }
    const outcome = outcomeOf(pod)
    if (outcome === 'pending' || pod.status?.podIP) return
    const time = toTime(kernel.clock.now())
    const status = {
      phase: { ready: 'Running', unready: 'Running', succeeded: 'Succeeded', failed: 'Failed' }[outcome],
      podIP: `127.10.${address >> 8}.${address++ & 255}`,
      startTime: time,
      conditions: [
        { type: 'Ready', status: outcome === 'ready' ? 'True' : 'False', lastTransitionTime: time },
      ],
    }
    kernel.client.patch(Pod, pod.metadata, { status }, { subresource: 'status' }).catch(swallow)
  })
}
