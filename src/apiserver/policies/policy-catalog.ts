import type {
  MatchResources,
  MutatingAdmissionPolicy,
  ParamRef,
  ValidatingAdmissionPolicy,
} from '../../kube/generated/admissionregistration-v1.ts'
import type { Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Store } from '../store/store.ts'
import { matchesRule } from '../webhooks/rules.ts'
import { equivalentsOf } from '../webhooks/versions.ts'

export type AdmissionPolicy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy

export interface PolicyBinding extends KubeObject {
  spec: {
    policyName?: string | undefined
    paramRef?: ParamRef | undefined
    matchResources?: MatchResources | undefined
  }
}

/** A policy with those who put it to use; policies that nobody does are not in force. */
export interface BoundPolicy<P extends AdmissionPolicy, B extends PolicyBinding, C> {
  readonly policy: P
  readonly compiled: C
  readonly bindings: readonly B[]
}

export interface CatalogParts<P, C> {
  store: Store
  registry: ResourceRegistry
  /** Where policies and bindings are kept. */
  policies: string
  bindings: string
  compile(policy: P): C
}

/** The policies of one kind that are in force, by name. Each is compiled once, until its spec changes. */
export class PolicyCatalog<P extends AdmissionPolicy, B extends PolicyBinding, C> {
  readonly #parts: CatalogParts<P, C>
  readonly #compiled = new Map<string, { compiled: C; generation: number | undefined }>()
  #bound: readonly BoundPolicy<P, B, C>[] | undefined
  /** Policies whose rules mean a kind, by operation and subresource. */
  #candidates = new WeakMap<Kind, Map<string, readonly BoundPolicy<P, B, C>[]>>()
  #generation = -1

  constructor(parts: CatalogParts<P, C>) {
    this.#parts = parts
    parts.store.onChange(resource => {
      if (resource === parts.policies || resource === parts.bindings) this.#bound = undefined
    })
  }

  /** The policies that may mean the request, going by operation and resource; asked for every write. */
  candidates({ kind, operation, subresource = '' }: AdmissionRequest): readonly BoundPolicy<P, B, C>[] {
    const bound = this.#current()
    if (bound.length === 0) return bound
    const { registry } = this.#parts
    // Definitions of custom resources come and go, and with them versions that rules may name.
    if (registry.generation !== this.#generation) {
      this.#generation = registry.generation
      this.#candidates = new WeakMap()
    }
    let known = this.#candidates.get(kind)
    if (!known) {
      known = new Map()
      this.#candidates.set(kind, known)
    }
    const key = `${operation}/${subresource}`
    let found = known.get(key)
    if (!found) {
      const means = mayMean(registry, kind, { operation, subresource })
      found = bound.filter(({ policy }) => means(policy))
      known.set(key, found)
    }
    return found
  }

  #current(): readonly BoundPolicy<P, B, C>[] {
    this.#bound ??= this.#read()
    return this.#bound
  }

  #read(): readonly BoundPolicy<P, B, C>[] {
    const { store, policies, bindings } = this.#parts
    this.#candidates = new WeakMap()
    const everything = { namespace: undefined, matches: undefined }
    const byPolicy = new Map<string, B[]>()
    for (const { object } of store.cache(bindings).select(everything)) {
      // Only bindings of these policies are kept there.
      const binding = object as unknown as B
      const { policyName = '' } = binding.spec
      const known = byPolicy.get(policyName)
      if (known) known.push(binding)
      else byPolicy.set(policyName, [binding])
    }
    const bound: BoundPolicy<P, B, C>[] = []
    for (const { object } of store.cache(policies).select(everything)) {
      // Only policies of this kind are kept there.
      const policy = object as unknown as P
      const own = byPolicy.get(policy.metadata.name)
      if (own) bound.push({ policy, compiled: this.#compile(policy), bindings: own })
    }
    const inForce = new Set(bound.map(({ policy }) => policy.metadata.uid ?? ''))
    for (const uid of this.#compiled.keys()) if (!inForce.has(uid)) this.#compiled.delete(uid)
    return bound
  }

  #compile(policy: P): C {
    const { uid = '', generation } = policy.metadata
    const known = this.#compiled.get(uid)
    if (known && known.generation === generation) return known.compiled
    const compiled = this.#parts.compile(policy)
    this.#compiled.set(uid, { compiled, generation })
    return compiled
  }
}

/** Goes by what the policy's rules say of operations and resources, in whatever version, and nothing else. */
function mayMean(
  registry: ResourceRegistry,
  kind: Kind,
  { operation, subresource }: { operation: AdmissionRequest['operation']; subresource: string },
): (policy: AdmissionPolicy) => boolean {
  const versions = [kind, ...equivalentsOf(registry, kind)]
  return ({ spec: { matchConstraints } }) =>
    (matchConstraints?.resourceRules ?? []).some(({ operations, apiGroups, apiVersions, resources }) =>
      versions.some(({ group, version, plural }) =>
        matchesRule(
          { operations, apiGroups, apiVersions, resources },
          { operation, group, version, plural, subresource, namespace: undefined },
        ),
      ),
    )
}
