import type { CronJob } from '../../../kube/generated/batch-v1.ts'
import type { Schedule } from '../../../languages/cron/schedule.ts'

/** More missed starts than these are told of. */
const MANY = 100
/** A little later than due, so that clocks that differ a little still agree that it is. */
const DELTA_MS = 100

interface Missed {
  earliest: number
  /** The last time that has been due since, in milliseconds. */
  latest: number | undefined
  missed: 'none' | 'few' | 'many'
  /** No day is like that: `59 23 31 2 *`. */
  isNever?: boolean
}

/** When the CronJob was last due, counted from its last start. Mirrors upstream's mostRecentScheduleTime. */
export function lastDue(
  { metadata, status, spec }: CronJob,
  schedule: Schedule,
  { now, withDeadline }: { now: number; withDeadline: boolean },
): Missed {
  let earliest = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp)
  if (withDeadline && spec.startingDeadlineSeconds !== undefined)
    earliest = Math.max(earliest, now - spec.startingDeadlineSeconds * 1000)
  const first = schedule.next(earliest)
  if (first === undefined) return { earliest, latest: undefined, missed: 'none', isNever: true }
  if (now < first) return { earliest, latest: undefined, missed: 'none' }
  const second = schedule.next(first)
  if (second === undefined || now < second) return { earliest, latest: first, missed: 'none' }
  // Not one by one: a schedule of every minute that was away for a year has half a million.
  const between = second - first
  const count = Math.floor((now - first) / between) + 1
  let latest: number | undefined
  for (
    let due = schedule.next(first + (count - 2) * between);
    due !== undefined && due <= now;
    due = schedule.next(due)
  )
    latest = due
  return { earliest, latest, missed: count > MANY ? 'many' : 'few' }
}

/** Milliseconds until the CronJob is due again; undefined when it never is. */
export function nextDueMs(cronJob: CronJob, schedule: Schedule, now: number): number | undefined {
  const { earliest, latest, missed } = lastDue(cronJob, schedule, { now, withDeadline: false })
  const next = schedule.next(latest ?? (missed === 'none' ? earliest : now))
  return next === undefined ? undefined : Math.max(0, next + DELTA_MS - now)
}
