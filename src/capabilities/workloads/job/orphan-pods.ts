import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { Job } from '../../../kube/generated/batch-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { controllerOf } from '../claim.ts'
import { finishedCondition, isTracked, managedElsewhere } from './job-facts.ts'
import { UntrackedPods } from './untracked-pods.ts'

/** Lets go of tracked pods that no Job will count: it is gone or ended, or they were orphaned. */
export function orphanPodController(kernel: Kernel): Controller {
  const jobs = kernel.informers.for(Job)
  const pods = kernel.informers.for(Pod)
  const untracked = new UntrackedPods(kernel)
  return {
    name: 'job-orphan-pods',
    watches: [
      mappedFrom(Pod, pod => (isTracked(pod) ? [keyOf(pod)] : [])),
      mappedFrom(Job, job => pods.by(BY_OWNER, job.metadata.uid).filter(isTracked).map(keyOf)),
    ],
    async reconcile(key) {
      const pod = pods.get(key)
      if (!pod || !isTracked(pod)) return
      const owner = controllerOf(pod)
      if (owner && (owner.kind !== 'Job' || !owner.apiVersion.startsWith('batch/'))) return
      const job = owner && jobs.get(`${pod.metadata.namespace}/${owner.name}`)
      const isOurs = job !== undefined && job.metadata.uid === owner?.uid
      if (isOurs && (managedElsewhere(job) !== undefined || !finishedCondition(job))) return
      await untracked.untrack([pod])
    },
  }
}
