import type { LabelSelector } from '../../kube/generated/meta-v1.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import { type CanaryStep, pauseMs, stepsOf } from './canary/steps.ts'
import type { Rollout } from './kinds/generated/rollout.ts'
import { canaryOf, totalWeightOf } from './spec-defaults.ts'
import { GATEWAY_API, GATEWAY_API_PATH, routesOf, unsupportedSettings } from './traffic/gateway-api-plugin.ts'

export interface SpecProblem {
  /** The path of the field. */
  field: string
  message: string
}

const problem = (field: string, message: string): SpecProblem => ({ field, message })
const unsupported = (field: string, hint = ''): SpecProblem =>
  problem(field, `is not supported by this controller${hint && `: ${hint}`}`)

/** What is wrong with a Rollout, or asks for what this controller does not do. Empty when it can be rolled out. */
export function specProblems(rollout: Rollout): SpecProblem[] {
  const { spec } = rollout
  const found: SpecProblem[] = []
  if (spec.workloadRef)
    found.push(unsupported('spec.workloadRef', 'move the pod template into spec.template'))
  if (!spec.strategy?.canary && !spec.strategy?.blueGreen)
    found.push(problem('spec.strategy', 'must have canary'))
  if (spec.strategy?.blueGreen) found.push(unsupported('spec.strategy.blueGreen', 'use spec.strategy.canary'))
  if (!spec.workloadRef) found.push(...templateProblems(rollout))
  if ((spec.minReadySeconds ?? 0) < 0) found.push(problem('spec.minReadySeconds', 'must not be negative'))
  return [...found, ...canaryProblems(rollout), ...routingProblems(rollout)]
}

function templateProblems({ spec }: Rollout): SpecProblem[] {
  if (!spec.template) return [problem('spec.template', 'is required')]
  if (isEmptySelector(spec.selector)) return [problem('spec.selector', 'is required and must not be empty')]
  if (!matchesLabelSelector(spec.selector, spec.template.metadata?.labels))
    return [problem('spec.template.metadata.labels', 'must match spec.selector')]
  return []
}

const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0

function canaryProblems(rollout: Rollout): SpecProblem[] {
  const canary = canaryOf(rollout)
  const path = 'spec.strategy.canary'
  const refused = (['pingPong', 'antiAffinity', 'canaryMetadata', 'stableMetadata'] as const).filter(
    name => canary[name] !== undefined,
  )
  const found = refused.map(name => unsupported(`${path}.${name}`))
  if (isZero(canary.maxSurge) && isZero(canary.maxUnavailable))
    found.push(problem(`${path}.maxSurge`, 'must not be zero when maxUnavailable is zero'))
  if (canary.stableService !== undefined && canary.stableService === canary.canaryService)
    found.push(problem(`${path}.canaryService`, 'must not be the stableService'))
  if (canary.dynamicStableScale && !canary.trafficRouting)
    found.push(problem(`${path}.dynamicStableScale`, 'needs trafficRouting'))
  return [...found, ...stepsOf(rollout).flatMap((step, index) => stepProblems(rollout, step, index))]
}

const isZero = (value: number | string | undefined): boolean => value === 0 || value === '0' || value === '0%'

function stepProblems(rollout: Rollout, step: CanaryStep, index: number): SpecProblem[] {
  const path = `spec.strategy.canary.steps[${index}]`
  const names = Object.keys(step).filter(name => step[name as keyof CanaryStep] !== undefined)
  if (names.length !== 1)
    return [problem(path, 'must have exactly one of setWeight, pause, setCanaryScale, analysis')]
  const [name] = names
  switch (name) {
    case 'setWeight': {
      const total = totalWeightOf(rollout)
      const weight = step.setWeight ?? 0
      return weight < 0 || weight > total
        ? [problem(`${path}.setWeight`, `must be between 0 and ${total} (is ${weight})`)]
        : []
    }
    case 'pause':
      return step.pause?.duration !== undefined && !((pauseMs(step) ?? -1) >= 0)
        ? [problem(`${path}.pause.duration`, `is no duration: ${step.pause.duration}`)]
        : []
    case 'setCanaryScale':
      return canaryOf(rollout).trafficRouting
        ? []
        : [problem(`${path}.setCanaryScale`, 'needs spec.strategy.canary.trafficRouting')]
    case 'analysis':
      return (step.analysis?.templates ?? []).length === 0
        ? [problem(`${path}.analysis.templates`, 'must name at least one template')]
        : []
    default:
      return [unsupported(`${path}.${name}`)]
  }
}

function routingProblems(rollout: Rollout): SpecProblem[] {
  const canary = canaryOf(rollout)
  const routing = canary.trafficRouting
  if (!routing) return []
  const path = 'spec.strategy.canary.trafficRouting'
  const found: SpecProblem[] = []
  const routers = ['alb', 'ambassador', 'apisix', 'appMesh', 'istio', 'nginx', 'smi', 'traefik'] as const
  for (const name of routers)
    if (routing[name] !== undefined)
      found.push(unsupported(`${path}.${name}`, `use plugins["${GATEWAY_API}"]`))
  for (const name of Object.keys(routing.plugins ?? {}))
    if (name !== GATEWAY_API) found.push(unsupported(`${path}.plugins["${name}"]`))
  for (const name of unsupportedSettings(rollout)) found.push(unsupported(`${GATEWAY_API_PATH}.${name}`))
  if (found.length === 0 && routesOf(rollout).length === 0)
    found.push(problem(`${GATEWAY_API_PATH}.httpRoute`, 'must name an HTTPRoute'))
  for (const name of ['stableService', 'canaryService'] as const)
    if (!canary[name]) found.push(problem(`spec.strategy.canary.${name}`, 'is required with trafficRouting'))
  return found
}
