import type { Client } from '../../../kernel/client.ts'
import { Namespace } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import type { Application, ApplicationOperationSync } from '../kinds/generated/application.ts'
import type { ComparedObject } from './compared-objects.ts'
import { type Comparison, FIELD_MANAGER } from './comparison.ts'
import { dryRun, dryRunHook, missingKind } from './dry-run.ts'
import { hooksOf } from './hooks.ts'
import { kindPlace } from './kind-order.ts'
import type { LiveState } from './live-state.ts'
import { OperationResults, type OperationState, type ResourceResult } from './operation-results.ts'
import { parseSyncOptions, type SyncOptions } from './sync-options.ts'
import { nextStep } from './sync-plan.ts'
import { type SyncTask, tasksOf } from './sync-tasks.ts'
import { hasSyncOption, type Target } from './target.ts'

export interface SyncParts {
  client: Client
  live: LiveState
  comparison: Comparison
}

export interface SyncInputs {
  app: Application
  instance: string
  revision: string
  state: OperationState
  targets: readonly Target[]
  compared: readonly ComparedObject[]
}

/** How an operation stands after everything that could be done now was done. */
export interface SyncOutcome {
  phase: 'Running' | 'Succeeded' | 'Failed'
  message: string
  resources: ResourceResult[]
}

const MAX_REFUSALS_SHOWN = 5

/** Goes on with an operation as far as it can: to its end, or to an object that must become healthy first. */
export async function runSync(parts: SyncParts, inputs: SyncInputs): Promise<SyncOutcome> {
  const { app, state, targets, compared } = inputs
  const sync: ApplicationOperationSync = state.operation.sync ?? {}
  const options = parseSyncOptions([...(app.spec.syncPolicy?.syncOptions ?? []), ...(sync.syncOptions ?? [])])
  const results = new OperationResults(state)
  const { hooks } = hooksOf(targets, {
    instance: inputs.instance,
    revision: inputs.revision,
    startedAt: state.startedAt,
  })
  const plan = () =>
    tasksOf({
      compared,
      hooks,
      sync,
      options,
      results,
      liveOf: (kind, object) =>
        parts.live.get(kind, { name: object.metadata.name ?? '', namespace: object.metadata.namespace }),
    })
  const outcome = (phase: SyncOutcome['phase'], message: string): SyncOutcome => ({
    phase,
    message,
    resources: results.list(),
  })

  if (results.isEmpty) {
    const context = {
      client: parts.client,
      options,
      targets,
      destinationNamespace: app.spec.destination.namespace,
    }
    const refusals = await Promise.all(
      plan().tasks.map(({ compared: object, hook }) =>
        object ? dryRun(context, object) : hook ? dryRunHook(context, hook) : undefined,
      ),
    )
    const refused = refusals.filter(refusal => refusal !== undefined)
    if (refused.length > 0) return outcome('Failed', refusalMessage(refused))
    if (sync.dryRun) {
      for (const task of plan().tasks)
        results.set(task.object, task.phase, {
          status: task.isPrune ? 'Pruned' : 'Synced',
          message: task.isPrune ? 'pruned (dry run)' : 'applied (dry run)',
        })
      return outcome('Succeeded', 'successfully synced (dry run)')
    }
    if (options.createNamespace) await createNamespace(parts.client, app)
  }
  const runner = new TaskRunner(parts, { results, options })
  for (;;) {
    runner.settleHooks(plan().tasks)
    const { tasks, notPruned } = plan()
    const step = nextStep(tasks)
    switch (step.kind) {
      case 'apply':
        await runner.apply(step.tasks)
        continue
      case 'wait':
        return outcome('Running', step.message)
      case 'fail':
        await runner.apply(tasks.filter(task => task.phase === 'SyncFail' && task.state.kind === 'pending'))
        return outcome('Failed', `one or more synchronization tasks failed: ${step.message}`)
      case 'done':
        for (const object of notPruned)
          results.set(object, 'Sync', { status: 'PruneSkipped', message: 'ignored (requires pruning)' })
        return outcome('Succeeded', 'successfully synced (all tasks run)')
    }
  }
}

const refusalMessage = (refused: readonly string[]): string => {
  const shown = refused.slice(0, MAX_REFUSALS_SHOWN).join('; ')
  const more = refused.length - MAX_REFUSALS_SHOWN
  return `nothing was applied, because ${refused.length === 1 ? 'an object is' : `${refused.length} objects are`} refused: ${shown}${more > 0 ? `; and ${more} more` : ''}`
}

async function createNamespace(client: Client, { spec }: Application): Promise<void> {
  const name = spec.destination.namespace
  if (!name || (await client.find(Namespace, { name }))) return
  try {
    await client.create(Namespace, {
      metadata: { name, ...spec.syncPolicy?.managedNamespaceMetadata },
      spec: {},
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/** Does tasks and notes their results. */
class TaskRunner {
  readonly #parts: SyncParts
  readonly #results: OperationResults
  readonly #options: SyncOptions

  constructor(parts: SyncParts, { results, options }: { results: OperationResults; options: SyncOptions }) {
    this.#parts = parts
    this.#results = results
    this.#options = options
  }

  /** Notes hooks that have finished, and deletes those whose policy says so. */
  settleHooks(tasks: readonly SyncTask[]): void {
    for (const { hook, state, object, phase, kind } of tasks) {
      if (!hook || state.kind !== 'applied' || state.health === 'waiting') continue
      if (this.#results.get(object, phase)?.hookPhase !== 'Running') continue
      const isOk = state.health === 'ok'
      this.#results.set(object, phase, {
        status: isOk ? 'Synced' : 'SyncFailed',
        hookPhase: isOk ? 'Succeeded' : 'Failed',
        hookType: phase,
        message: state.message ?? (isOk ? 'hook succeeded' : 'hook failed'),
      })
      if (kind && hook.policies.includes(isOk ? 'HookSucceeded' : 'HookFailed'))
        void this.#delete(kind, object, 'Background').catch(() => {})
    }
  }

  /** Kinds one after the other, the objects of a kind at once. */
  async apply(tasks: readonly SyncTask[]): Promise<void> {
    const byPlace = new Map<number, SyncTask[]>()
    for (const task of tasks) {
      const place = kindPlace(task.kindName) * (task.isPrune ? -1 : 1)
      byPlace.set(place, [...(byPlace.get(place) ?? []), task])
    }
    for (const [, group] of [...byPlace].sort(([a], [b]) => a - b))
      await Promise.all(group.map(task => this.#do(task)))
  }

  async #do(task: SyncTask): Promise<void> {
    const { object, phase } = task
    try {
      this.#results.set(object, phase, await this.#attempt(task))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const hook = task.hook ? { hookPhase: 'Failed', hookType: phase } : {}
      this.#results.set(object, phase, { status: 'SyncFailed', message, ...hook })
    }
  }

  async #attempt(
    task: SyncTask,
  ): Promise<Pick<ResourceResult, 'status' | 'message' | 'hookPhase' | 'hookType'>> {
    const { client, live } = this.#parts
    const { object } = task
    const kind = task.kind ?? (await client.resolve(object.apiVersion, object.kind))
    if (!kind) throw new Error(missingKind(object as ManifestObject))
    await live.follow(kind)
    if (task.isPrune) {
      await this.#delete(kind, object, this.#options.prunePropagationPolicy)
      return { status: 'Pruned', message: 'pruned' }
    }
    const ref = { name: object.metadata.name ?? '', namespace: object.metadata.namespace }
    const before = live.get(kind, ref)
    if (task.hook) {
      if (before) await client.delete(kind, ref, { propagationPolicy: 'Background', gracePeriodSeconds: 0 })
      live.noteWritten(kind, await this.#write(kind, object as ManifestObject, undefined))
      return { status: 'Synced', hookPhase: 'Running', hookType: task.phase, message: 'hook started' }
    }
    const written = await this.#write(kind, object as ManifestObject, before)
    live.noteWritten(kind, written)
    this.#parts.comparison.noteApplied(object as ManifestObject, written)
    const change = !before
      ? 'created'
      : before.metadata.resourceVersion === written.metadata.resourceVersion
        ? 'unchanged'
        : 'configured'
    return {
      status: 'Synced',
      message: `${kind.plural}${kind.group ? `.${kind.group}` : ''}/${ref.name} ${change}`,
    }
  }

  #write(kind: Kind, object: ManifestObject, before: KubeObject | undefined): Promise<KubeObject> {
    const { client } = this.#parts
    const ref = { name: object.metadata.name ?? '', namespace: object.metadata.namespace }
    if (before && (this.#options.replace || hasSyncOption(object, 'Replace=true'))) {
      // What identifies the stored object is the server's; the rest is replaced.
      const metadata = { ...object.metadata, resourceVersion: before.metadata.resourceVersion }
      return client.update(kind, { ...object, metadata } as unknown as KubeObject, {
        fieldManager: FIELD_MANAGER,
      })
    }
    return client.patch(kind, ref, object, { type: 'apply', fieldManager: FIELD_MANAGER, force: true })
  }

  async #delete(
    kind: Kind,
    object: ManifestObject | KubeObject,
    propagationPolicy: SyncOptions['prunePropagationPolicy'],
  ): Promise<void> {
    const { client, live } = this.#parts
    const ref = { name: object.metadata.name ?? '', namespace: object.metadata.namespace }
    const before = live.get(kind, ref)
    await client.delete(kind, ref, { propagationPolicy })
    if (before && propagationPolicy !== 'Foreground') live.noteDeleted(kind, before)
  }
}
