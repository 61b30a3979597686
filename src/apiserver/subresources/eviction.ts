import type { Pod } from '../../kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { isPodReady } from '../../kube/pod.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { apiError, notFound } from '../../kube/status.ts'
import { change } from '../pipeline/change.ts'
import type { Core } from '../pipeline/core.ts'
import { deleteObject } from '../pipeline/delete.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest, RequestOptions } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { success } from './success.ts'

const BUDGETS = 'policy/poddisruptionbudgets'

/** Deletes a pod if its disruption budget allows: POST …/pods/NAME/eviction. */
export async function evict(core: Core, pods: Resource, request: ApiRequest): Promise<Outcome> {
  const { namespace = '', name = '' } = request
  const stored = core.store.head(pods.storageName, namespace, name)
  if (!stored) throw notFound(pods, name)
  // Only Pods are kept there.
  const pod = stored.object as unknown as Pod
  const running = pod.status?.phase === 'Running' && !pod.metadata.deletionTimestamp
  if (running)
    for (const budget of budgetsOf(core, pod)) if (!mayGo(pod, budget)) await spend(core, budget, request)
  await deleteObject(core, pods, {
    ...request,
    verb: 'delete',
    subresource: undefined,
    options: optionsOf(request),
  })
  return success(201)
}

/** An unready pod costs the budget nothing: with AlwaysAllow always, else while enough others are healthy. */
function mayGo(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isPodReady(pod)) return false
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return (
    spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
    (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  )
}

function budgetsOf(core: Core, pod: Pod): PodDisruptionBudget[] {
  const selection = { namespace: pod.metadata.namespace, matches: undefined }
  return [...core.store.cache(BUDGETS).select(selection)]
    .map(({ object }) => object as unknown as PodDisruptionBudget)
    .filter(({ spec }) => matchesLabelSelector(spec?.selector, pod.metadata.labels ?? {}))
}

/** Takes one of the disruptions that the budget still allows. */
async function spend(core: Core, budget: PodDisruptionBudget, request: ApiRequest): Promise<void> {
  const budgets = core.registry.find('policy', 'v1', 'poddisruptionbudgets')
  if (!budgets) return
  const { name, namespace } = budget.metadata
  const write: ApiRequest = { ...request, verb: 'patch', subresource: 'status', namespace, name }
  await change(core, budgets, write, copy => {
    const object = copy()
    const { status, metadata } = object as unknown as PodDisruptionBudget
    const unseen = (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)
    const { disruptionsAllowed = 0 } = status ?? {}
    if (!status || unseen || disruptionsAllowed <= 0) throw refused(budget, unseen)
    status.disruptionsAllowed = disruptionsAllowed - 1
    status.disruptedPods = {
      ...status.disruptedPods,
      [request.name ?? '']: new Date(core.clock.now()).toISOString(),
    }
    return object
  })
}

function refused({ metadata, status }: PodDisruptionBudget, unseen: boolean) {
  const why = unseen
    ? `The disruption budget ${metadata.name} is still being processed by the server.`
    : `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`
  return apiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: why }],
    ...(unseen ? { retryAfterSeconds: 10 } : {}),
  })
}

function optionsOf({ body, options }: ApiRequest): RequestOptions {
  const asked = isJsonObject(body) && isJsonObject(body.deleteOptions) ? body.deleteOptions : {}
  const { gracePeriodSeconds } = asked
  return {
    dryRun: options.dryRun,
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
  }
}
