import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf, ownedBy, type ReconcileResult } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { Job, type JobStatus } from '../../../kube/generated/batch-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import { isSame } from '../canonical.ts'
import { Expectations } from '../expectations.ts'
import { createPods, deletePods } from '../pod-writes.ts'
import { finalConditions, finishedCondition, type JobPlan, planJob } from './job-plan.ts'
import { type Tally, tally, TRACKING } from './tally.ts'
import { managedElsewhere, unsupported } from './unsupported.ts'

const COMPONENT = 'job-controller'

/** Runs the pods of a Job until enough have succeeded, and removes it after its time to live. */
export function jobController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const jobs = informers.for(Job)
  const pods = informers.for(Pod)
  const expectations = new Expectations(clock, pods)

  const record = (job: Job, type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.record(job, { type, reason, message, component: COMPONENT })

  async function untrack(counted: readonly Pod[]): Promise<void> {
    await Promise.all(
      counted.map(async pod => {
        const finalizers = (pod.metadata.finalizers ?? []).filter(name => name !== TRACKING)
        const { resourceVersion } = pod.metadata
        await client
          .patch(Pod, pod.metadata, { metadata: { resourceVersion, finalizers } })
          .catch(ignoreNotFound)
      }),
    )
  }

  /** Milliseconds until a finished Job may go; deletes it when that is over. */
  async function expire(job: Job): Promise<ReconcileResult> {
    const ttl = job.spec.ttlSecondsAfterFinished
    const finished = finishedCondition(job)?.lastTransitionTime
    if (ttl === undefined || finished === undefined || job.metadata.deletionTimestamp) return
    const left = Date.parse(finished) + ttl * 1000 - clock.now()
    if (left > 0) return { after: left }
    await client.delete(Job, job.metadata, {
      propagationPolicy: 'Foreground',
      preconditions: { uid: job.metadata.uid },
    })
  }

  async function writeStatus(job: Job, status: JobStatus): Promise<Job> {
    if (isSame(status, job.status)) return job
    // A replacement, not a merge: fields that fell away go. A stale copy conflicts, which counts nothing twice.
    return client.update(Job, { ...job, status }, { subresource: 'status' })
  }

  async function act(job: Job, plan: JobPlan): Promise<void> {
    const writer = { kernel, expectations, component: COMPONENT, key: keyOf(job), owner: job }
    // What the controller itself removes is not to be counted when it ends.
    await untrack(plan.remove)
    const refusal = plan.remove.length > 0 ? await deletePods(writer, plan.remove) : undefined
    if (refusal !== undefined) throw new Error(refusal)
    if (plan.kind !== 'run' || plan.create === 0) return
    const failure = await createPods(writer, {
      kind: Job,
      template: job.spec.template,
      count: plan.create,
      amend: draft => {
        draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), TRACKING]
      },
    })
    if (failure !== undefined) throw new Error(failure)
  }

  function statusAfter(job: Job, counted: Tally, plan: JobPlan): JobStatus {
    const now = clock.now()
    const removed = plan.remove.length
    const created = plan.kind === 'run' ? plan.create : 0
    // As upstream: a Job that fails takes its running pods down as failed.
    const failed = counted.failed + (plan.kind === 'finish' && plan.outcome === 'Failed' ? removed : 0)
    const suspended = plan.kind === 'run' ? suspension(job, now) : []
    const startTime = job.spec.suspend ? undefined : (job.status?.startTime ?? toTime(now))
    return {
      ...(startTime ? { startTime } : {}),
      active: counted.active.length - removed + created,
      ready: counted.ready,
      terminating: counted.terminating + removed,
      ...(counted.succeeded > 0 ? { succeeded: counted.succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
      uncountedTerminatedPods: counted.uncounted,
      ...(plan.kind === 'finish'
        ? { conditions: finalConditions(plan, now) }
        : suspended.length > 0
          ? { conditions: suspended }
          : {}),
      ...(plan.kind === 'finish' && plan.outcome === 'Complete' ? { completionTime: toTime(now) } : {}),
    }
  }

  return {
    name: 'job',
    watches: [objectsOf(Job), ownedBy(Job, Pod)],
    async reconcile(key) {
      const job = jobs.get(key)
      if (!job) return
      const owned = pods.by(BY_OWNER, job.metadata.uid)
      if (job.metadata.deletionTimestamp) return untrack(owned.filter(isTracked))
      if (finishedCondition(job)) {
        await untrack(owned.filter(isTracked))
        return expire(job)
      }
      const elsewhere = managedElsewhere(job)
      if (elsewhere !== undefined) {
        record(job, 'Warning', 'NotReconciled', `Drave leaves this Job to ${elsewhere} (spec.managedBy).`)
        return
      }
      const refused = unsupported(job)
      if (refused !== undefined) {
        record(job, 'Warning', 'NotReconciled', refused)
        // Failed, so that nobody waits for it: not kubectl, not a sync whose hook it is.
        const end = { kind: 'finish', outcome: 'Failed', reason: 'NotSupported', message: refused } as const
        await writeStatus(job, {
          ...job.status,
          conditions: finalConditions({ ...end, remove: [] }, clock.now()),
        })
        return
      }
      if (!expectations.isSatisfied(key)) return
      const counted = tally(job, owned)
      const plan = planJob(job, counted, { lastFailure: lastFailure(owned), now: clock.now() })
      // Counted first, let go second: a crash in between counts nothing twice and forgets nothing.
      await writeStatus(job, statusAfter(job, counted, plan))
      await untrack(counted.counted)
      await act(job, plan)
      if (plan.kind === 'finish')
        record(
          job,
          plan.outcome === 'Complete' ? 'Normal' : 'Warning',
          plan.outcome === 'Complete' ? 'Completed' : plan.reason,
          plan.outcome === 'Complete' ? 'Job completed' : plan.message,
        )
      return plan.kind === 'run' && plan.recheckMs !== undefined ? { after: plan.recheckMs } : undefined
    },
  }
}

const isTracked = (pod: Pod): boolean => (pod.metadata.finalizers ?? []).includes(TRACKING)

function lastFailure(pods: readonly Pod[]): number | undefined {
  const times = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .map(({ status, metadata }) => {
      const ended = (status?.containerStatuses ?? []).map(each => each.state?.terminated?.finishedAt)
      const last = ended
        .filter(time => time !== undefined)
        .sort()
        .at(-1)
      return Date.parse(last ?? metadata.creationTimestamp)
    })
  return times.length === 0 ? undefined : Math.max(...times)
}

function suspension(job: Job, now: number) {
  const previous = job.status?.conditions?.find(({ type }) => type === 'Suspended')
  const status = job.spec.suspend ? 'True' : 'False'
  if (!job.spec.suspend && !previous) return []
  if (previous?.status === status) return [previous]
  const [reason, message] = job.spec.suspend
    ? ['JobSuspended', 'Job suspended']
    : ['JobResumed', 'Job resumed']
  return [{ type: 'Suspended', status, reason, message, lastTransitionTime: toTime(now) }]
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
