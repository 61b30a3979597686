import { copyJson } from '../../../kube/copy.ts'
import type { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isJsonObject, type Json } from '../../../kube/schema/schema.ts'

/** Field managers under which a rollouts controller writes routes. */
const rolloutManagers = new Set(['rollouts', 'rollouts-controller', 'argo-rollouts'])

/** The label that a Rollout adds to the selectors of its Services. */
const POD_HASH = 'rollouts-pod-template-hash'

export interface Owners {
  autoscalers: readonly HorizontalPodAutoscaler[]
  /** Names of Services that some Rollout in the object's namespace steers. */
  rolloutServices: ReadonlySet<string>
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
  if (group === 'gateway.networking.k8s.io' && desired.kind === 'HTTPRoute' && isRouteOfRollout(live))
    adoptWeights(spec, liveSpec)
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

/** A rollouts controller has written this route's rules. */
const isRouteOfRollout = (live: KubeObject): boolean =>
  (live.metadata.managedFields ?? []).some(entry => {
    const spec = entry.fieldsV1?.['f:spec']
    return rolloutManagers.has(entry.manager ?? '') && isJsonObject(spec) && spec['f:rules'] !== undefined
  })

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])

function adoptWeights(spec: Json, liveSpec: Json): void {
  const liveRules = list(liveSpec['rules'])
  for (const [index, rule] of list(spec['rules']).entries()) {
    const liveRule =
      rule['name'] === undefined ? liveRules[index] : liveRules.find(other => other['name'] === rule['name'])
    for (const backend of list(rule['backendRefs'])) {
      const same = list(liveRule?.['backendRefs']).find(
        other =>
          other['name'] === backend['name'] &&
          other['port'] === backend['port'] &&
          other['namespace'] === backend['namespace'],
      )
      if (same?.['weight'] !== undefined) backend['weight'] = same['weight']
    }
  }
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
