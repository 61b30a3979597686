import type { Kernel } from '../../../kernel/capability.ts'
import {
  type Controller,
  mappedFrom,
  objectsOf,
  ownedBy,
  type ReconcileResult,
} from '../../../kernel/controller.ts'
import { Job, type JobStatus } from '../../../kube/generated/batch-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { claimObjects, indexOrphans } from '../claim-objects.ts'
import { controllerOf } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { createPods, deletePods } from '../pod-writes.ts'
import { type BackOff, NO_BACK_OFF } from './back-off.ts'
import { amendJobPod } from './draft-job-pod.ts'
import { finishedCondition, managedElsewhere, TRACKING } from './job-facts.ts'
import { type JobPlan, planJob } from './job-plan.ts'
import { type Outcome, settle, suspended, trackPods } from './job-status.ts'
import { UntrackedPods } from './untracked-pods.ts'

const COMPONENT = 'job-controller'

/** Runs the pods of a Job until enough have succeeded, or it cannot succeed any more. */
export function jobController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const jobs = informers.for(Job)
  const pods = informers.for(Pod)
  const expectations = new Expectations(clock, pods)
  const untracked = new UntrackedPods(kernel)
  /** Of running Jobs, by key; a restart forgets them, as upstream's controller does. */
  const backOffs = new Map<string, BackOff>()
  /** The version that was written last, by key: an older one in the informer is not acted upon. */
  const written = new Map<string, string>()
  indexOrphans(pods)

  const record = (job: Job, type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.record(job, { type, reason, message, component: COMPONENT })

  const orphans = mappedFrom(Pod, pod =>
    controllerOf(pod)
      ? []
      : jobs
          .list(pod.metadata.namespace)
          .filter(({ spec }) => matchesLabelSelector(spec.selector, pod.metadata.labels))
          .map(keyOf),
  )

  /** A replacement, not a merge: fields that fell away go. A stale copy conflicts, which counts nothing twice. */
  async function writeStatus(job: Job, status: JobStatus): Promise<Job> {
    if (isSame(status, job.status)) return job
    const updated = await client.update(Job, { ...job, status }, { subresource: 'status' })
    written.set(keyOf(job), updated.metadata.resourceVersion)
    return updated
  }

  /** Creates and deletes as planned. The refusal of one is told, and the rest is tried again later. */
  async function act(job: Job, plan: JobPlan): Promise<Outcome & { refusal?: string | undefined }> {
    const writer = { kernel, expectations, component: COMPONENT, key: keyOf(job), owner: job }
    // The pods of a Job that ends by failure are counted as they end; others leave no trace.
    const isFinal = plan.ending !== undefined && plan.ending.reason !== 'CompletionsReached'
    if (!isFinal) await untracked.untrack(plan.remove)
    const kept = await deletePods(writer, plan.remove)
    if (kept !== undefined) return { created: 0, removed: [], refusal: kept }
    const drafts = [...plan.create]
    const refusal = await createPods(writer, {
      kind: Job,
      template: job.spec.template,
      count: drafts.length,
      amend: draft => amendJobPod(job, draft, drafts.shift() ?? { index: undefined, replaces: undefined }),
    })
    return { created: refusal === undefined ? plan.create.length : 0, removed: plan.remove, refusal }
  }

  function tell(job: Job, status: JobStatus): void {
    const final = finishedCondition({ ...job, status })
    if (!final) return
    if (final.type === 'Failed') {
      record(job, 'Warning', final.reason ?? '', final.message ?? '')
      return
    }
    if (job.spec.completions !== undefined && (status.succeeded ?? 0) > job.spec.completions)
      record(
        job,
        'Warning',
        'TooManySucceededPods',
        'Too many succeeded pods running after completion count reached',
      )
    record(job, 'Normal', 'Completed', 'Job completed')
  }

  async function sync(job: Job, mine: readonly Pod[]): Promise<ReconcileResult> {
    const key = keyOf(job)
    const now = clock.now()
    const mayManage = expectations.isSatisfied(key)
    const view = {
      pods: mine,
      untracked: untracked.uids,
      backOff: backOffs.get(key) ?? NO_BACK_OFF,
      now,
      mayManage,
    }
    const planned = planJob(job, view)
    const outcome = await act(job, planned)
    // An ending waits until all running pods were told to end.
    const isPostponed = planned.ending !== undefined && (!mayManage || outcome.refusal !== undefined)
    const plan = isPostponed ? { ...planned, ending: undefined } : planned
    const tracking = trackPods(job, view, { plan, outcome })
    const counted = await writeStatus(job, tracking.status)
    backOffs.set(key, plan.backOff)
    if (plan.isManaged && !plan.ending) {
      const suspension = suspended(job, now)
      if (suspension?.status === 'True') record(job, 'Normal', 'Suspended', 'Job suspended')
      else if (suspension) record(job, 'Normal', 'Resumed', 'Job resumed')
    }
    await untracked.untrack(tracking.untrack)
    const status = settle(job, tracking, { ending: plan.ending, now })
    await writeStatus(counted, status)
    tell(job, status)
    if (outcome.refusal !== undefined) throw new Error(outcome.refusal)
    return plan.recheckMs === undefined ? undefined : { after: plan.recheckMs }
  }

  return {
    name: 'job',
    watches: [objectsOf(Job), ownedBy(Job, Pod), orphans],
    async reconcile(key) {
      const job = jobs.get(key)
      if (!job || finishedCondition(job)) {
        backOffs.delete(key)
        written.delete(key)
        return
      }
      // The API's versions only grow, so that they tell older from newer.
      if (Number(job.metadata.resourceVersion) < Number(written.get(key) ?? 0)) return
      if (managedElsewhere(job) !== undefined) return
      const mine = await claimObjects({
        client,
        informer: pods,
        ownerKind: Job,
        owner: job,
        isSelected: pod => matchesLabelSelector(job.spec.selector, pod.metadata.labels),
        finalizer: TRACKING,
      })
      try {
        return await sync(job, mine)
      } catch (error) {
        if (isNotFound(error) && !jobs.get(key)) return
        throw error
      }
    },
  }
}
