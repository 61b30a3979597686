import { setCondition } from '../../kube/conditions.ts'
import type { Pod } from '../../kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import { apiError, isConflict, notFound, unclassified } from '../../kube/status.ts'
import { change } from '../pipeline/change.ts'
import type { Core } from '../pipeline/core.ts'
import { deleteObject } from '../pipeline/delete.ts'
import { deleteOptionsFrom } from '../pipeline/delete-options.ts'
import { requireDeletionPreconditions } from '../pipeline/deletion-preconditions.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest, RequestOptions } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { ChangedMeanwhile } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { costsNothing, disruptsNobody, spend, stillProcessed } from './disruption-budget.ts'
import { success } from './success.ts'

const BUDGETS = 'policy/poddisruptionbudgets'
/** How often a pod is looked at again that changed meanwhile, as upstream's EvictionsRetry. */
const MAX_ATTEMPTS = 20
/** The name that upstream's eviction gives the resource in conflicts. */
const POD = { group: '', kind: 'Pod' }

/** Deletes a pod if its disruption budget allows: POST …/pods/NAME/eviction with a policy/v1 Eviction. */
export async function evict(core: Core, pods: Resource, request: ApiRequest): Promise<Outcome> {
  const { name = '' } = request
  const body = isJsonObject(request.body) ? request.body : {}
  if (!isJsonObject(body.metadata) || body.metadata.name !== name)
    throw apiError('BadRequest', 'name in URL does not match name in Eviction object')
  const { dryRun } = request.options
  const options = deleteOptionsFrom(body.deleteOptions, { dryRun })
  const eviction: Eviction = { core, pods, request, options }
  for (let attempt = 1; ; attempt++) {
    const pod = podOf(eviction)
    if (!disruptsNobody(pod)) {
      await removeWithin(pod, eviction)
      return success(201)
    }
    try {
      // What is pending now may count for a budget before it is deleted.
      await remove(eviction, pod.status?.phase === 'Pending' ? pinned(options, pod) : options)
      return success(201)
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS || options.preconditions?.resourceVersion)
        throw error
    }
  }
}

interface Eviction {
  core: Core
  pods: Resource
  request: ApiRequest
  /** Those of the deletion. */
  options: RequestOptions
}

function storedPod({ core, pods, request: { namespace = '', name = '' } }: Eviction): StoredObject {
  const stored = core.store.head(pods.storageName, namespace, name)
  if (!stored) throw notFound(pods, name)
  return stored
}

// Only Pods are kept there.
const podOf = (eviction: Eviction) => storedPod(eviction).object as unknown as Pod

/** Deletes a pod that counts for a budget, if there is one. */
async function removeWithin(pod: Pod, eviction: Eviction): Promise<void> {
  const { core, options } = eviction
  const [budget, another] = budgetsOf(core, pod)
  if (another)
    throw unclassified(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      undefined,
    )
  if (!budget) return remove(eviction, options)
  if (costsNothing(pod, budget))
    return remove(eviction, pinned(options, pod)).catch(error => {
      const isOurs = isConflict(error) && !options.preconditions?.resourceVersion
      throw isOurs ? stillProcessed(budget.metadata.name) : error
    })
  await takeFrom(budget, eviction)
  return remove(eviction, options)
}

/** The options with the precondition that the pod is still as it was seen, unless the client has one of its own. */
const pinned = (options: RequestOptions, { metadata }: Pod): RequestOptions => ({
  ...options,
  preconditions: { resourceVersion: metadata.resourceVersion, ...withoutGaps(options.preconditions) },
})

const withoutGaps = (preconditions: RequestOptions['preconditions'] = {}) =>
  Object.fromEntries(Object.entries(preconditions).filter(([, value]) => value !== undefined))

function budgetsOf(core: Core, pod: Pod): PodDisruptionBudget[] {
  const selection = { namespace: pod.metadata.namespace, matches: undefined }
  return [...core.store.cache(BUDGETS).select(selection)]
    .map(({ object }) => object as unknown as PodDisruptionBudget)
    .filter(({ spec }) => matchesLabelSelector(spec?.selector, pod.metadata.labels ?? {}))
}

/** Takes one of the disruptions that the budget still allows. */
async function takeFrom({ metadata }: PodDisruptionBudget, eviction: Eviction): Promise<void> {
  const { core, request, options } = eviction
  const budgets = core.registry.find('policy', 'v1', 'poddisruptionbudgets')
  if (!budgets) return
  const { name, namespace } = metadata
  const write: ApiRequest = {
    ...request,
    verb: 'patch',
    subresource: 'status',
    namespace,
    name,
    options: { dryRun: options.dryRun },
  }
  await change(core, budgets, write, copy => {
    const object = copy()
    const status = spend(object as unknown as PodDisruptionBudget, request.name ?? '', core.clock.now())
    return { ...object, status } as KubeObject
  })
}

/** Says on the pod why it goes, and deletes it. */
async function remove(eviction: Eviction, options: RequestOptions): Promise<void> {
  const { core, pods, request } = eviction
  const deletion: ApiRequest = { ...request, verb: 'delete', subresource: undefined, options }
  if (!options.dryRun) {
    const marked = await mark(eviction, options)
    if (options.preconditions?.resourceVersion)
      deletion.options = {
        ...options,
        preconditions: { ...options.preconditions, resourceVersion: String(marked.revision) },
      }
  }
  await deleteObject(core, pods, deletion)
}

const DISRUPTED = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
}

/** Written as upstream writes it: below admission, and nobody's field. */
async function mark(eviction: Eviction, options: RequestOptions): Promise<StoredObject> {
  const { core, pods } = eviction
  for (;;) {
    const expected = storedPod(eviction)
    requireDeletionPreconditions(POD, expected.object, options)
    const { status } = expected.object as unknown as Pod
    const conditions = setCondition(status?.conditions, DISRUPTED, core.clock.now())
    if (conditions === status?.conditions) return expected
    const { namespace, name } = expected
    const object = { ...expected.object, status: { ...status, conditions } } as KubeObject
    try {
      return await core.store.commit({ resource: pods.storageName, namespace, name, expected, object })
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error
    }
  }
}
