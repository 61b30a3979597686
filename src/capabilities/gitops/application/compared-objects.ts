import type { Client } from '../../../kernel/client.ts'
import type { Informers } from '../../../kernel/informer.ts'
import { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import type { Comparison } from './comparison.ts'
import { adoptIgnoredFields, type IgnoreRule } from './ignore-differences.ts'
import type { LiveState } from './live-state.ts'
import { adoptOwnedFields, type Owners, servicesOfRollout } from './owned-fields.ts'
import { type RouteSplit, splitsOfRollout } from './route-splits.ts'
import { identityOf, optionsOf, refOf, type Target } from './target.ts'
import { COMPARE_OPTIONS, HOOK, instanceOf } from './tracking.ts'

/** One object of an Application: wanted, live, or both. */
export interface ComparedObject {
  kind: Kind | undefined
  target: Target | undefined
  live: KubeObject | undefined
  /** What to apply: the target with the live values of fields that other controllers own. */
  desired: ManifestObject | undefined
  isSynced: boolean
  /** Applying would make of the live object this. */
  predicted: KubeObject | undefined
  /** What the API server refused the comparison with. */
  refusal: string | undefined
  /** The other Application's instance name, where the live object belongs to one. */
  sharedWith: string | undefined
}

export interface CompareParts {
  client: Client
  informers: Informers
  live: LiveState
  comparison: Comparison
}

export interface CompareOptions {
  instance: string
  targets: readonly Target[]
  /** Kinds that the Application had objects of before. */
  knownKinds: readonly Kind[]
  ignoreDifferences: readonly IgnoreRule[] | undefined
  respectIgnoreDifferences: boolean
}

export const isHook = (object: { metadata: { annotations?: Record<string, string> | undefined } }): boolean =>
  object.metadata.annotations?.[HOOK] !== undefined

/** Compares what is wanted with what is there; hooks are no part of the comparison. */
export async function compareObjects(
  parts: CompareParts,
  options: CompareOptions,
): Promise<ComparedObject[]> {
  const { live } = parts
  const kinds = new Set([...options.targets.map(target => target.kind), ...options.knownKinds])
  for (const kind of kinds) if (kind) await live.follow(kind)
  const owners = new OwnersByNamespace(parts)
  await owners.start()
  const wanted = options.targets.filter(target => !isHook(target.object))
  const compared = await Promise.all(wanted.map(target => compareOne(parts, { target, owners, options })))
  const identities = new Set(wanted.map(target => identityOf(target.object)))
  const extra = live
    .belongingTo(options.instance)
    .filter(({ object }) => !isHook(object) && !identities.has(identityOf(object)))
  return [
    ...compared,
    ...extra.map(
      ({ kind, object }): ComparedObject => ({
        ...nothing,
        kind,
        live: object,
        // What is going already need not be pruned, and what is kept out of the comparison may not.
        isSynced:
          object.metadata.deletionTimestamp !== undefined ||
          optionsOf(object, COMPARE_OPTIONS).includes('IgnoreExtraneous'),
      }),
    ),
  ]
}

const nothing = {
  kind: undefined,
  target: undefined,
  live: undefined,
  desired: undefined,
  isSynced: false,
  predicted: undefined,
  refusal: undefined,
  sharedWith: undefined,
}

interface One {
  target: Target
  owners: OwnersByNamespace
  options: CompareOptions
}

async function compareOne(
  { live: state, comparison }: CompareParts,
  { target, owners, options }: One,
): Promise<ComparedObject> {
  const { kind } = target
  const live = kind && state.get(kind, refOf(target))
  if (!kind || !live) return { ...nothing, kind, target, desired: target.object }
  const other = instanceOf(live)
  const sharedWith = other !== undefined && other !== options.instance ? other : undefined
  const owned = adoptOwnedFields(target.object, live, owners.of(live.metadata.namespace ?? ''))
  const compared = adoptIgnoredFields(owned, live, options.ignoreDifferences)
  const desired = options.respectIgnoreDifferences ? compared : owned
  const object = { ...nothing, kind, target, live, desired, sharedWith }
  try {
    return { ...object, ...(await comparison.compare(kind, compared, live)) }
  } catch (error) {
    return { ...object, refusal: error instanceof Error ? error.message : String(error) }
  }
}

/** Which controllers own fields of objects, looked up once a namespace and comparison. */
class OwnersByNamespace {
  readonly #parts: CompareParts
  readonly #known = new Map<string, Owners>()
  #rolloutKind: Kind | undefined
  #routeSplits: readonly RouteSplit[] | undefined

  constructor(parts: CompareParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await this.#parts.informers.for(HorizontalPodAutoscaler).synced
    this.#rolloutKind = await this.#parts.client.resolve('argoproj.io/v1alpha1', 'Rollout')
    if (this.#rolloutKind) await this.#parts.informers.for(this.#rolloutKind).synced
  }

  of(namespace: string): Owners {
    const known = this.#known.get(namespace)
    if (known) return known
    const { informers } = this.#parts
    const rollouts = this.#rolloutKind ? informers.for(this.#rolloutKind).list(namespace) : []
    const owners: Owners = {
      autoscalers: informers.for(HorizontalPodAutoscaler).list(namespace),
      rolloutServices: new Set(rollouts.flatMap(servicesOfRollout)),
      routeSplits: this.#splits(),
    }
    this.#known.set(namespace, owners)
    return owners
  }

  /** Of all namespaces: a Rollout may name a route elsewhere. */
  #splits(): readonly RouteSplit[] {
    const { informers } = this.#parts
    this.#routeSplits ??= this.#rolloutKind
      ? informers.for(this.#rolloutKind).list().flatMap(splitsOfRollout)
      : []
    return this.#routeSplits
  }
}
