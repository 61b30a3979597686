import type { Kernel } from '../../../kernel/capability.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { isNotFound } from '../../../kube/status.ts'
import { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import type { Rollout } from '../kinds/generated/rollout.ts'
import { HttpRoute } from '../kinds/http-route.ts'
import { countsOf, hashOf, type Observed, type TrafficObserved } from '../observed.ts'
import { isRestarted } from '../restart.ts'
import { safeHash } from '../safe-hash.ts'
import { canaryOf, hasTrafficRouting, totalWeightOf } from '../spec-defaults.ts'
import { routesOf } from '../traffic/gateway-api-plugin.ts'
import { canaryWeight, routeProblem, type Split } from '../traffic/http-route-weights.ts'
import { endpointsMatch, selectedHash } from '../traffic/service-selector.ts'
import type { SpecProblem } from '../validate-spec.ts'
import type { SettledSince } from './settled-since.ts'

/** The objects around a Rollout that it is decided on and acts on. */
export interface Surroundings {
  observed: Observed
  stableService: Service | undefined
  canaryService: Service | undefined
  routes: HttpRoute[]
  split: Split | undefined
  problems: SpecProblem[]
  /** When endpoints that match now will count as settled. */
  settlesInMs: number | undefined
}

export const SLICES_BY_SERVICE = 'rollouts/service'
const SERVICE_NAME = 'kubernetes.io/service-name'
export const serviceOfSlice = (slice: EndpointSlice): string | undefined =>
  slice.metadata.labels?.[SERVICE_NAME]

/** Reads what a Rollout's decision needs, from informers, and the routes as they are this moment. */
export async function observe(
  kernel: Kernel,
  rollout: Rollout,
  settled: SettledSince,
): Promise<Surroundings> {
  const { clock } = kernel
  const replicaSets = kernel.informers
    .for(ReplicaSet)
    .by(BY_OWNER, rollout.metadata.uid)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const hash = safeHash(rollout.spec.template, rollout.status?.collisionCount)
  const canary = replicaSets.find(replicaSet => hashOf(replicaSet) === hash)
  const stableHash = rollout.status?.stableRS
  const stable = stableHash ? replicaSets.find(replicaSet => hashOf(replicaSet) === stableHash) : undefined
  const around = await traffic(kernel, rollout, { hash, canary, stable, settled })
  return {
    ...around,
    observed: {
      rollout,
      hash,
      canary,
      stable,
      older: replicaSets.filter(replicaSet => replicaSet !== canary && replicaSet !== stable),
      runs: kernel.informers
        .for(AnalysisRun)
        .by(BY_OWNER, rollout.metadata.uid)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      pods: isRestarted(rollout, rollout.status) ? [] : podsOf(kernel, replicaSets),
      traffic: around.traffic,
      nowMs: clock.now(),
    },
  }
}

const podsOf = (kernel: Kernel, replicaSets: readonly ReplicaSet[]): Pod[] =>
  replicaSets.flatMap(({ metadata }) => [...kernel.informers.for(Pod).by(BY_OWNER, metadata.uid)])

interface Versions {
  hash: string
  canary: ReplicaSet | undefined
  stable: ReplicaSet | undefined
  settled: SettledSince
}

async function traffic(
  kernel: Kernel,
  rollout: Rollout,
  versions: Versions,
): Promise<Omit<Surroundings, 'observed'> & { traffic: TrafficObserved | undefined }> {
  const namespace = rollout.metadata.namespace ?? 'default'
  const { stableService: stableName, canaryService: canaryName } = canaryOf(rollout)
  const problems: SpecProblem[] = []
  const find = (field: string, name: string | undefined) => {
    const service = name === undefined ? undefined : kernel.informers.for(Service).get(`${namespace}/${name}`)
    if (name !== undefined && !service)
      problems.push({ field: `spec.strategy.canary.${field}`, message: `Service "${name}" not found` })
    return service
  }
  const [stableService, canaryService] = [
    find('stableService', stableName),
    find('canaryService', canaryName),
  ]
  const base = {
    stableService,
    canaryService,
    routes: [],
    split: undefined,
    problems,
    settlesInMs: undefined,
  }
  if (!hasTrafficRouting(rollout) || !stableName || !canaryName) return { ...base, traffic: undefined }

  const split: Split = { namespace, stable: stableName, canary: canaryName }
  const routes = await readRoutes(kernel, { rollout, split }, problems)
  const total = totalWeightOf(rollout)
  const weights = new Set(routes.map(route => canaryWeight(route, split, total)))
  const serving = (service: Service | undefined, replicaSet: ReplicaSet | undefined) =>
    isServing(kernel, service, replicaSet)
  const stableFor = versions.settled.since(
    `${rollout.metadata.uid}/stable`,
    serving(stableService, versions.stable),
  )
  const canaryFor = versions.settled.since(
    `${rollout.metadata.uid}/canary`,
    serving(canaryService, versions.canary),
  )
  return {
    ...base,
    routes,
    split,
    traffic: {
      weight: weights.size === 1 ? [...weights][0] : undefined,
      stableSelected: selectedHash(stableService),
      canarySelected: selectedHash(canaryService),
      stableServing: stableFor.isSettled,
      canaryServing: canaryFor.isSettled,
    },
    settlesInMs: minimum([stableFor.inMs, canaryFor.inMs]),
  }
}

const minimum = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter(value => value !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

/** The routes as stored, since weights must not be decided on an informer's past. */
async function readRoutes(
  kernel: Kernel,
  { rollout, split }: { rollout: Rollout; split: Split },
  problems: SpecProblem[],
): Promise<HttpRoute[]> {
  const routes: HttpRoute[] = []
  for (const { name, namespace, field } of routesOf(rollout)) {
    const route = await kernel.client.find(HttpRoute, { name, namespace }).catch(error => {
      if (isNotFound(error)) return undefined
      throw error
    })
    const problem = route ? routeProblem(route, split) : 'not found'
    if (problem !== undefined)
      problems.push({
        field,
        message: `HTTPRoute "${namespace}/${name}" ${route ? `: ${problem}` : problem}`,
      })
    else if (route) routes.push(route)
  }
  return routes
}

function isServing(
  kernel: Kernel,
  service: Service | undefined,
  replicaSet: ReplicaSet | undefined,
): boolean {
  if (!service || !replicaSet) return false
  const hash = hashOf(replicaSet)
  if (selectedHash(service) !== hash) return false
  const { namespace, name } = service.metadata
  const slices = kernel.informers.for(EndpointSlice).by(SLICES_BY_SERVICE, `${namespace}/${name}`)
  const pods = kernel.informers.for(Pod)
  return endpointsMatch(slices, {
    hash,
    enough: countsOf(replicaSet).available,
    hashOf: pod => {
      const found = pods.get(`${namespace}/${pod}`)
      return found && hashOf(found)
    },
  })
}
