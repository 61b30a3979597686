import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { Job } from '../../../kube/generated/batch-v1.ts'
import { isConflict } from '../../../kube/status.ts'
import { finishedCondition } from '../job/job-facts.ts'

/** Milliseconds until a finished Job may go; undefined while it runs, or when it may stay. */
export function expiresInMs(job: Job, now: number): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec
  const finished = finishedCondition(job)?.lastTransitionTime
  if (ttlSecondsAfterFinished === undefined || finished === undefined || job.metadata.deletionTimestamp)
    return undefined
  return Math.max(0, Date.parse(finished) + ttlSecondsAfterFinished * 1000 - now)
}

/** Deletes finished Jobs after their time to live, their pods first. */
export function ttlAfterFinishedController({ client, clock, informers }: Kernel): Controller {
  const jobs = informers.for(Job)
  return {
    name: 'ttl-after-finished',
    watches: [objectsOf(Job)],
    async reconcile(key) {
      const job = jobs.get(key)
      const left = job && expiresInMs(job, clock.now())
      if (!job || left === undefined) return
      if (left > 0) return { after: left }
      const { uid, resourceVersion } = job.metadata
      await client
        .delete(Job, job.metadata, {
          propagationPolicy: 'Foreground',
          // What was decided on must not have changed: its time to live may be longer now.
          preconditions: { uid, resourceVersion },
        })
        .catch(error => {
          if (!isConflict(error)) throw error
        })
    },
  }
}
