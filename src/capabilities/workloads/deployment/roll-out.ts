import type { Kernel } from '../../../kernel/capability.ts'
import type { ReconcileResult } from '../../../kernel/controller.ts'
import { Deployment, type DeploymentStatus, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { REVISION } from './annotations.ts'
import { type Conditions, conditionOf, hasProgressDeadline, replaced } from './conditions.ts'
import { deploymentStatus } from './deployment-status.ts'
import { deadlineInMs, isComplete, withPause, withProgress } from './progress.ts'
import { isScaled, scaledSizes } from './proportional-scaling.ts'
import { NameCollision, ReplicaSetWriter } from './replica-sets.ts'
import { beyondHistory, type Generations, nextRevision, splitGenerations } from './revisions.ts'
import { isRollingUpdate, newSize, shrinkOld, wantedReplicas } from './rolling-update.ts'

interface Observed {
  deployment: Deployment
  replicaSets: readonly ReplicaSet[]
  podsOf(replicaSet: ReplicaSet): readonly Pod[]
}

/** One look at a Deployment: at most one step of its strategy, then the status that results. */
export async function rollOut(kernel: Kernel, observed: Observed): Promise<ReconcileResult> {
  const found = splitGenerations(observed.deployment, observed.replicaSets)
  if (observed.deployment.metadata.deletionTimestamp)
    return writeStatus(kernel, observed.deployment, found, observed.deployment.status?.conditions ?? [])
  const now = kernel.clock.now()
  const conditions = withPause(observed.deployment, now)
  const deployment = {
    ...observed.deployment,
    status: { ...observed.deployment.status, conditions: [...conditions] },
  }
  const writer = new ReplicaSetWriter(kernel, deployment)
  const sizes = isScaled(deployment, observed.replicaSets) ? scaledSizes(deployment, found) : new Map()
  if (deployment.spec.paused || sizes.size > 0) {
    const generations = await resizeAll(writer, found, sizes)
    if (deployment.spec.paused) await cleanUp(kernel, deployment, generations.old)
    return writeStatus(kernel, observed.deployment, generations, conditions, { isWatched: false })
  }
  if (!isRollingUpdate(deployment)) {
    const emptied = await emptyOld(writer, found)
    if (emptied !== found || hasOldPods(observed, found.old))
      return writeStatus(kernel, observed.deployment, emptied, conditions)
  }
  const current = await ensureNew(kernel, writer, { deployment, found, conditions })
  if (!current) return { after: 0 }
  const stepped = await step(writer, deployment, current.generations)
  if (isComplete(deployment, deploymentStatus(deployment, stepped, now)))
    await cleanUp(kernel, deployment, stepped.old)
  return writeStatus(kernel, observed.deployment, stepped, current.conditions)
}

/** The new ReplicaSet exists and carries its revision; undefined after a name collision was counted. */
async function ensureNew(
  kernel: Kernel,
  writer: ReplicaSetWriter,
  { deployment, found, conditions }: { deployment: Deployment; found: Generations; conditions: Conditions },
): Promise<{ generations: Generations & { fresh: ReplicaSet }; conditions: Conditions } | undefined> {
  const revision = nextRevision(found.old)
  const now = kernel.clock.now()
  try {
    const fresh = found.fresh
      ? await writer.refresh(found.fresh, revision)
      : await writer.create(found.old, revision)
    const carried = fresh.metadata.annotations?.[REVISION]
    if (carried !== undefined && deployment.metadata.annotations?.[REVISION] !== carried)
      await kernel.client.patch(Deployment, deployment.metadata, {
        metadata: { annotations: { [REVISION]: carried } },
      })
    const { name } = fresh.metadata
    let next = conditions
    if (hasProgressDeadline(deployment)) {
      const progressing = { type: 'Progressing', status: 'True' }
      if (!found.fresh)
        next = replaced(
          next,
          { ...progressing, reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` },
          now,
        )
      else if (!conditionOf(next, 'Progressing'))
        next = replaced(
          next,
          { ...progressing, reason: 'FoundNewReplicaSet', message: `Found new replica set "${name}"` },
          now,
        )
    }
    return { generations: { fresh, old: found.old }, conditions: next }
  } catch (error) {
    if (error instanceof NameCollision) {
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
      await patchStatus(kernel, deployment, { ...deployment.status, collisionCount })
      return undefined
    }
    if (found.fresh) throw error
    const message = error instanceof Error ? error.message : String(error)
    const failed = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message }
    writer.event('Warning', 'ReplicaSetCreateError', `Failed to create new replica set: ${message}`)
    await patchStatus(kernel, deployment, {
      ...deploymentStatus(deployment, found, now),
      conditions: [...replaced(conditions, failed, now)],
    })
    throw error
  }
}

/** The new one grows first; only when it cannot, old ones shrink. */
async function step(
  writer: ReplicaSetWriter,
  deployment: Deployment,
  { fresh, old }: Generations & { fresh: ReplicaSet },
): Promise<Generations> {
  const size = newSize(deployment, [...old, fresh], wantedReplicas(fresh))
  if (size !== wantedReplicas(fresh)) return { fresh: await writer.resize(fresh, size), old }
  if (!isRollingUpdate(deployment)) return { fresh, old }
  return resizeAll(writer, { fresh, old }, shrinkOld(deployment, old, fresh))
}

async function resizeAll(
  writer: ReplicaSetWriter,
  { fresh, old }: Generations,
  sizes: ReadonlyMap<string, number>,
): Promise<Generations> {
  const resized = (replicaSet: ReplicaSet) => {
    const size = sizes.get(replicaSet.metadata.name)
    return size === undefined ? replicaSet : writer.resize(replicaSet, size)
  }
  return { fresh: fresh && (await resized(fresh)), old: await Promise.all(old.map(resized)) }
}

async function emptyOld(writer: ReplicaSetWriter, found: Generations): Promise<Generations> {
  const filled = found.old.filter(replicaSet => wantedReplicas(replicaSet) > 0)
  if (filled.length === 0) return found
  return resizeAll(writer, found, new Map(filled.map(({ metadata }) => [metadata.name, 0])))
}

const hasOldPods = (observed: Observed, old: readonly ReplicaSet[]): boolean =>
  old
    .flatMap(replicaSet => observed.podsOf(replicaSet))
    .some(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')

async function cleanUp(kernel: Kernel, deployment: Deployment, old: readonly ReplicaSet[]): Promise<void> {
  for (const replicaSet of beyondHistory(deployment, old))
    await kernel.client.delete(ReplicaSet, replicaSet.metadata, {
      preconditions: { uid: replicaSet.metadata.uid },
    })
}

async function writeStatus(
  kernel: Kernel,
  deployment: Deployment,
  generations: Generations,
  conditions: Conditions,
  { isWatched }: { isWatched: boolean } = { isWatched: true },
): Promise<ReconcileResult> {
  const now = kernel.clock.now()
  const before = { ...deployment, status: { ...deployment.status, conditions: [...conditions] } }
  const status = deploymentStatus(before, generations, now)
  if (isWatched)
    status.conditions = [...withProgress(before, status, { name: generations.fresh?.metadata.name, now })]
  if (!isSame(status, deployment.status)) await patchStatus(kernel, deployment, status)
  const left = deadlineInMs(deployment, status, now)
  // Whole seconds in the condition's time: look a second later, when the deadline is certainly over.
  return left === undefined ? undefined : { after: Math.max(0, left) + 1000 }
}

async function patchStatus(kernel: Kernel, deployment: Deployment, status: DeploymentStatus): Promise<void> {
  try {
    await kernel.client.patch(Deployment, deployment.metadata, { status }, { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
