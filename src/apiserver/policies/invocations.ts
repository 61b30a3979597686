import type { MatchResources } from '../../kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import { objectAs } from '../resources/served.ts'
import type { Store } from '../store/store.ts'
import {
  matchesSelectors,
  type ServedVersion,
  type Surroundings,
  versionByRules,
} from '../webhooks/selection.ts'
import { equivalentsOf } from '../webhooks/versions.ts'
import { findParams, type Params } from './params.ts'
import type { AdmissionPolicy, BoundPolicy, PolicyBinding } from './policy-catalog.ts'

/** A binding of a policy that means a request, with the parameters that it brings; `undefined` is one without. */
export interface Invocation<P extends AdmissionPolicy, B extends PolicyBinding, C> {
  readonly policy: P
  readonly compiled: C
  readonly binding: B
  /** In which version the policy sees the request's objects. */
  readonly version: ServedVersion
  readonly params: readonly (KubeObject | undefined)[]
}

/** A policy that means a request and cannot be asked. */
export interface Misconfiguration<P extends AdmissionPolicy, B extends PolicyBinding> {
  readonly policy: P
  /** Absent where the policy itself is the trouble. */
  readonly binding?: B
  readonly problem: string
}

export interface Invocations<P extends AdmissionPolicy, B extends PolicyBinding, C> {
  readonly invocations: readonly Invocation<P, B, C>[]
  readonly misconfigurations: readonly Misconfiguration<P, B>[]
}

export interface Reach {
  store: Store
  registry: ResourceRegistry
  namespaceLabels: Surroundings['namespaceLabels']
}

/** Finds who of the candidates means the request, and with which parameters. Throws ApiError where parameters cannot be converted. */
export async function invocationsOf<P extends AdmissionPolicy, B extends PolicyBinding, C>(
  reach: Reach,
  candidates: readonly BoundPolicy<P, B, C>[],
  request: AdmissionRequest,
): Promise<Invocations<P, B, C>> {
  const invocations: Invocation<P, B, C>[] = []
  const misconfigurations: Misconfiguration<P, B>[] = []
  for (const { policy, compiled, bindings } of candidates) {
    const version = matchedVersion(reach, policy.spec.matchConstraints, request)
    if (!version) continue
    for (const binding of bindings) {
      const { matchResources, paramRef } = binding.spec
      if (matchResources && !matchedVersion(reach, matchResources, request)) continue
      const found = findParams(reach, { kind: policy.spec.paramKind, reference: paramRef }, request.namespace)
      if ('problem' in found) {
        const ofPolicy = found.isOfPolicy
        misconfigurations.push({ policy, problem: found.problem, ...(ofPolicy ? {} : { binding }) })
        if (ofPolicy) break
      } else if (found.params.length > 0)
        invocations.push({ policy, compiled, binding, version, params: await served(found) })
    }
  }
  return { invocations, misconfigurations }
}

/** The parameters in the version that the policy names. */
async function served({ resource, params }: Params): Promise<readonly (KubeObject | undefined)[]> {
  if (!resource) return [undefined]
  const { conversion } = resource
  if (conversion?.remote) await conversion.remote.prepare(params.flatMap(stored => stored?.object ?? []))
  return params.map(stored => stored && objectAs(resource, stored))
}

/** The version in which a policy or binding sees the request; undefined where it does not mean it. */
function matchedVersion(
  { registry, namespaceLabels }: Reach,
  match: MatchResources | undefined,
  request: AdmissionRequest,
): ServedVersion | undefined {
  const surroundings = {
    namespaceLabels,
    equivalents: ({ kind }: AdmissionRequest) => equivalentsOf(registry, kind),
  }
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = match ?? {}
  if (!matchesSelectors(match ?? {}, request, surroundings)) return undefined
  if (versionByRules({ rules: excludeResourceRules, matchPolicy }, request, surroundings)) return undefined
  if (resourceRules.length === 0) return request.kind
  return versionByRules({ rules: resourceRules, matchPolicy }, request, surroundings)
}
