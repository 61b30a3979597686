import type { Kernel } from '../../../kernel/capability.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { stepsOf } from '../canary/steps.ts'
import { canaryOf } from '../spec-defaults.ts'
import { routesOf } from '../traffic/gateway-api-plugin.ts'

const INDEX = 'rollouts/references'

type ReferencedKind = 'Service' | 'HTTPRoute' | 'AnalysisTemplate' | 'ClusterAnalysisTemplate'
const reference = (kind: ReferencedKind, namespace: string | undefined, name: string): string =>
  `${kind}/${namespace ?? ''}/${name}`

/** What a Rollout names in its spec. */
function referencesOf(rollout: Rollout): string[] {
  const { namespace } = rollout.metadata
  const canary = canaryOf(rollout)
  const services = [canary.stableService, canary.canaryService].filter(name => name !== undefined)
  const analyses = [canary.analysis, ...stepsOf(rollout).map(step => step.analysis)]
  return [
    ...services.map(name => reference('Service', namespace, name)),
    ...routesOf(rollout).map(route => reference('HTTPRoute', route.namespace, route.name)),
    ...analyses
      .flatMap(analysis => analysis?.templates ?? [])
      .map(({ clusterScope, templateName = '' }) =>
        clusterScope
          ? reference('ClusterAnalysisTemplate', undefined, templateName)
          : reference('AnalysisTemplate', namespace, templateName),
      ),
  ]
}

/** Finds the Rollouts that name an object, so that they wake when it changes. */
export function rolloutsNaming(
  kernel: Kernel,
): (kind: ReferencedKind, namespace: string | undefined, name: string) => string[] {
  const rollouts = kernel.informers.for(Rollout)
  rollouts.addIndex(INDEX, referencesOf)
  return (kind, namespace, name) =>
    rollouts
      .by(INDEX, reference(kind, namespace, name))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}
