import { equalJson } from '../../../kube/copy.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isJsonObject } from '../../../kube/schema/schema.ts'
import { toTime } from '../../../lib/clock.ts'
import { healthOf } from '../health/health.ts'
import { type Health, isWorse } from '../health/health-status.ts'
import type {
  Application,
  ApplicationStatus,
  ApplicationStatusConditionsItem,
  ApplicationStatusHistoryItem,
  ApplicationStatusResourcesItem,
} from '../kinds/generated/application.ts'
import type { ComparedObject } from './compared-objects.ts'
import { kindPlace } from './kind-order.ts'
import type { OperationState } from './operation-results.ts'
import { describeObject, waveOf } from './target.ts'
import { IGNORE_HEALTH } from './tracking.ts'

const DEFAULT_HISTORY = 10
const MAX_IMAGES = 50

/** One entry of status.resources. */
export function resourceStatus({
  target,
  desired,
  live,
  isSynced,
}: ComparedObject): ApplicationStatusResourcesItem {
  const object = desired ?? live
  if (!object) return {}
  const { group, version } = parseApiVersion(object.apiVersion)
  const health: Health | undefined = live ? healthOf(live) : { status: 'Missing' }
  const wave = waveOf(object)
  return {
    ...(group ? { group } : {}),
    version,
    kind: object.kind,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
    name: object.metadata.name,
    status: isSynced ? 'Synced' : 'OutOfSync',
    ...(health ? { health } : {}),
    ...(wave !== 0 ? { syncWave: wave } : {}),
    ...(!target && !isSynced ? { requiresPruning: true } : {}),
  }
}

export function resourceStatuses(compared: readonly ComparedObject[]): ApplicationStatusResourcesItem[] {
  const key = (item: ApplicationStatusResourcesItem) => `${item.namespace ?? ''}/${item.name ?? ''}`
  return compared
    .map(resourceStatus)
    .sort(
      (a, b) =>
        kindPlace(a.kind ?? '') - kindPlace(b.kind ?? '') ||
        (a.kind ?? '').localeCompare(b.kind ?? '') ||
        (key(a) < key(b) ? -1 : 1),
    )
}

/** The worst of its objects' health, with the first such object's own words. */
export function overallHealth(compared: readonly ComparedObject[]): Health {
  let worst: Health = { status: 'Healthy' }
  for (const { target, live, desired } of compared) {
    if (!target && !live) continue
    const subject = live ?? desired
    if (subject?.metadata.annotations?.[IGNORE_HEALTH] === 'true') continue
    // What is only there to be pruned says nothing about the Application, unless it is going.
    if (!target && !live?.metadata.deletionTimestamp) continue
    const health: Health | undefined = live ? healthOf(live) : { status: 'Missing' }
    if (!health || !isWorse(health.status, worst.status) || !subject) continue
    const message = health.message ?? (health.status === 'Missing' ? 'is not there' : undefined)
    worst = {
      status: health.status,
      ...(message ? { message: `${describeObject(subject)}: ${message}` } : {}),
    }
  }
  return worst
}

/** Images of all containers, sorted. */
export function imagesOf(compared: readonly ComparedObject[]): string[] {
  const found = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (isJsonObject(node))
      for (const [key, value] of Object.entries(node)) {
        if (key === 'containers' || key === 'initContainers')
          for (const container of Array.isArray(value) ? (value as unknown[]) : [])
            if (isJsonObject(container) && typeof container['image'] === 'string')
              found.add(container['image'])
        visit(value)
      }
  }
  for (const { live, desired } of compared) visit((live as KubeObject | undefined) ?? desired)
  return [...found].sort().slice(0, MAX_IMAGES)
}

/** Conditions with the times of those that were there already. */
export function conditionsWithTimes(
  found: readonly { type: string; message: string }[],
  before: readonly ApplicationStatusConditionsItem[] | undefined,
  now: number,
): ApplicationStatusConditionsItem[] {
  return found.map(({ type, message }) => {
    const same = before?.find(condition => condition.type === type && condition.message === message)
    return { type, message, lastTransitionTime: same?.lastTransitionTime ?? toTime(now) }
  })
}

/** The history with a finished operation's revision added, at most as long as the Application says. */
export function withHistory(
  app: Application,
  state: OperationState,
  now: number,
): ApplicationStatusHistoryItem[] {
  const before = app.status?.history ?? []
  const { syncResult, operation, startedAt } = state
  const limit = app.spec.revisionHistoryLimit ?? DEFAULT_HISTORY
  if (!syncResult || limit === 0) return limit === 0 ? [] : before
  const entry: ApplicationStatusHistoryItem = {
    id: (before.at(-1)?.id ?? -1) + 1,
    revision: syncResult.revision,
    deployStartedAt: startedAt,
    deployedAt: toTime(now),
    ...(syncResult.source ? { source: syncResult.source } : {}),
    ...(operation.initiatedBy ? { initiatedBy: operation.initiatedBy } : {}),
  }
  return [...before, entry].slice(-limit)
}

/** The merge patch (RFC 7386) that makes the first value the second, or undefined when they are equal. */
export function mergePatchBetween(before: unknown, after: unknown): unknown {
  if (equalJson(before, after)) return undefined
  if (!isJsonObject(before) || !isJsonObject(after)) return after
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (after[key] === undefined) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    const change = mergePatchBetween(before[key], value)
    if (change !== undefined) patch[key] = change
  }
  return patch
}

/** Health with the time at which its status last changed. */
export function healthWithTime(
  health: Health,
  before: ApplicationStatus['health'],
  now: number,
): NonNullable<ApplicationStatus['health']> {
  const lastTransitionTime =
    before?.status === health.status ? (before.lastTransitionTime ?? toTime(now)) : toTime(now)
  return { ...health, lastTransitionTime }
}
