import { copyJson } from '../../../kube/copy.ts'
import type { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isJsonObject, type Json } from '../../../kube/schema/schema.ts'
import { adoptWeights, type RouteSplit } from './route-splits.ts'

/** The label that a Rollout adds to the selectors of its Services. */
const POD_HASH = 'rollouts-pod-template-hash'

export interface Owners {
  autoscalers: readonly HorizontalPodAutoscaler[]
  /** Names of Services that some Rollout in the object's namespace steers. */
  rolloutServices: ReadonlySet<string>
  /** The routes that Rollouts of any namespace write weights of. */
  routeSplits: readonly RouteSplit[]
}

/**
 * The desired object with the live values of fields that another controller owns: replicas under an autoscaler,
 * weights and selectors that a Rollout writes. These never count as a difference, and a sync keeps them.
 */
export function adoptOwnedFields(desired: ManifestObject, live: KubeObject, owners: Owners): ManifestObject {
  const { group } = parseApiVersion(desired.apiVersion)
  const liveSpec = (live as unknown as Json)['spec']
  if (!isJsonObject(desired['spec']) || !isJsonObject(liveSpec)) return desired
  const result = copyJson(desired)
  const spec = result['spec'] as Json
  if (isScaled(desired, owners.autoscalers) && liveSpec['replicas'] !== undefined)
    spec['replicas'] = liveSpec['replicas']
  if (group === 'gateway.networking.k8s.io' && desired.kind === 'HTTPRoute')
    // Told by the Rollouts and not by field managers: an apply takes the whole list of rules over.
    for (const split of owners.routeSplits)
      if (split.route.name === live.metadata.name && split.route.namespace === live.metadata.namespace)
        adoptWeights(live, { desired: spec['rules'], live: liveSpec['rules'] }, split)
  if (group === '' && desired.kind === 'Service' && owners.rolloutServices.has(desired.metadata.name ?? ''))
    adoptPodHash(spec, liveSpec)
  return result
}

function isScaled(object: ManifestObject, autoscalers: readonly HorizontalPodAutoscaler[]): boolean {
  const { group } = parseApiVersion(object.apiVersion)
  return autoscalers.some(({ metadata, spec }) => {
    const target = spec.scaleTargetRef
    return (
      metadata.namespace === object.metadata.namespace &&
      target.kind === object.kind &&
      target.name === object.metadata.name &&
      parseApiVersion(target.apiVersion ?? '').group === group
    )
  })
}

function adoptPodHash(spec: Json, liveSpec: Json): void {
  const selector = liveSpec['selector']
  if (!isJsonObject(selector) || selector[POD_HASH] === undefined || !isJsonObject(spec['selector'])) return
  spec['selector'] = { ...spec['selector'], [POD_HASH]: selector[POD_HASH] }
}

/** The Services that a Rollout's spec names. */
export function servicesOfRollout(rollout: KubeObject): string[] {
  const spec = (rollout as unknown as Json)['spec']
  const strategy = isJsonObject(spec) ? spec['strategy'] : undefined
  if (!isJsonObject(strategy)) return []
  const { canary, blueGreen } = strategy
  const names = [
    ...(isJsonObject(canary) ? [canary['stableService'], canary['canaryService']] : []),
    ...(isJsonObject(blueGreen) ? [blueGreen['activeService'], blueGreen['previewService']] : []),
  ]
  return names.filter(name => typeof name === 'string')
}
