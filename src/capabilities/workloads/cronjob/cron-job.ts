import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { CronJob, type CronJobStatus, Job } from '../../../kube/generated/batch-v1.ts'
import type { ObjectReference } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import { isSame } from '../canonical.ts'
import { controllerOf } from '../claim.ts'
import { finishedCondition } from '../job/job-facts.ts'
import { type CronPlan, draftJob, planCronJob, type Told } from './cron-job-plan.ts'

const COMPONENT = 'cronjob-controller'

/** Starts the Jobs of a CronJob when they are due, and keeps its history short. */
export function cronJobController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const cronJobs = informers.for(CronJob)
  const jobs = informers.for(Job)

  const tell = (cronJob: CronJob, told: Told) => events.record(cronJob, { ...told, component: COMPONENT })

  /** The uids of the Jobs that are gone now. */
  async function remove(cronJob: CronJob, surplus: readonly Job[]): Promise<Set<string>> {
    const gone = new Set<string>()
    for (const { metadata } of surplus)
      try {
        await client.delete(Job, metadata, {
          propagationPolicy: 'Background',
          preconditions: { uid: metadata.uid },
        })
        gone.add(metadata.uid)
        const message = `Deleted job ${metadata.name}`
        tell(cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message })
      } catch (error) {
        const message = `Deleted job: ${(error as Error).message}`
        tell(cronJob, { type: 'Warning', reason: 'FailedDelete', message })
        throw error
      }
    return gone
  }

  /** The new Job, or the one that was started before its CronJob's status could say so. */
  async function start(cronJob: CronJob, due: number): Promise<Job | undefined> {
    const draft = draftJob(cronJob, due)
    try {
      const job = await client.create(Job, draft)
      tell(cronJob, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created job ${job.metadata.name}`,
      })
      return job
    } catch (error) {
      if (!isAlreadyExists(error)) {
        const message = `Error creating job: ${(error as Error).message}`
        tell(cronJob, { type: 'Warning', reason: 'FailedCreate', message })
        throw error
      }
      const { name, namespace } = draft.metadata
      const existing = await client.get(Job, { name, namespace })
      return controllerOf(existing)?.uid === cronJob.metadata.uid ? existing : undefined
    }
  }

  async function act(cronJob: CronJob, plan: CronPlan): Promise<CronJobStatus> {
    for (const told of plan.told) tell(cronJob, told)
    const gone = await remove(cronJob, plan.remove)
    const started = plan.start === undefined ? undefined : await start(cronJob, plan.start)
    const active = [
      ...plan.active.filter(({ uid }) => !gone.has(uid ?? '')),
      ...(started ? [referenceTo(started)] : []),
    ]
    const lastScheduleTime =
      started && plan.start !== undefined ? toTime(plan.start) : cronJob.status?.lastScheduleTime
    return {
      ...(active.length > 0 ? { active } : {}),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(plan.lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime: plan.lastSuccessfulTime }),
    }
  }

  return {
    name: 'cronjob',
    watches: [objectsOf(CronJob), ownedBy(CronJob, Job)],
    async reconcile(key) {
      const shown = cronJobs.get(key)
      if (!shown) return
      const cronJob = await withActive(shown)
      // A Job that was just started may not show yet: without it the list of active ones would lose it.
      const known = await completed(cronJob, jobs.by(BY_OWNER, cronJob.metadata.uid))
      const plan = planCronJob(cronJob, known, clock.now())
      const status = await act(cronJob, plan)
      if (!isSame(status, cronJob.status ?? {}))
        await client.update(CronJob, { ...cronJob, status }, { subresource: 'status' })
      return plan.afterMs === undefined ? undefined : { after: plan.afterMs }
    },
  }

  /** The state that lists every Job that runs: the one that started them last may not show yet. */
  async function withActive(shown: CronJob): Promise<CronJob> {
    const isListed = ({ metadata }: Job) => shown.status?.active?.some(({ uid }) => uid === metadata.uid)
    const running = jobs.by(BY_OWNER, shown.metadata.uid).filter(job => !finishedCondition(job))
    if (running.every(isListed)) return shown
    return (await client.find(CronJob, shown.metadata)) ?? shown
  }

  async function completed(cronJob: CronJob, shown: readonly Job[]): Promise<Job[]> {
    const uids = new Set(shown.map(({ metadata }) => metadata.uid))
    const missing = (cronJob.status?.active ?? []).filter(({ uid }) => !uids.has(uid ?? ''))
    const found = await Promise.all(
      missing.map(({ name = '', namespace }) => client.find(Job, { name, namespace })),
    )
    const ours = found.filter(job => job !== undefined)
    return [...shown, ...ours.filter(job => missing.some(({ uid }) => uid === job.metadata.uid))]
  }
}

const referenceTo = ({ metadata }: Job): ObjectReference => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
})
