import type { ParamKind, ParamRef } from '../../kube/generated/admissionregistration-v1.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import type { Store } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'

export interface Params {
  /** How the parameters are served; undefined where the policy has none. */
  readonly resource: Resource | undefined
  /** None: the binding has nothing to say. `undefined`: the policy is asked without a parameter. */
  readonly params: readonly (StoredObject | undefined)[]
}

/** Why there are no parameters, in upstream's words; of the policy where no binding could have any. */
interface ParamProblem {
  readonly problem: string
  readonly isOfPolicy: boolean
}

const without: Params = { resource: undefined, params: [undefined] }
const problemOfBinding = (problem: string): ParamProblem => ({ problem, isOfPolicy: false })

/** The parameters that a binding refers to; `namespace` is that of the request. */
export function findParams(
  { store, registry }: { store: Store; registry: ResourceRegistry },
  { kind, reference }: { kind: ParamKind | undefined; reference: ParamRef | undefined },
  namespace: string | undefined,
): Params | ParamProblem {
  if (!kind) return without
  const { apiVersion = '', kind: name = '' } = kind
  const resource = registry.findKind(apiVersion, name)
  if (!resource) {
    const shown = `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${name}`
    return { problem: `failed to find resource referenced by paramKind: '${shown}'`, isOfPolicy: true }
  }
  if (!reference) return without
  if (resource.namespaced && !reference.namespace && !namespace)
    return problemOfBinding(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    )
  if (!resource.namespaced && reference.namespace)
    return problemOfBinding('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const place = resource.namespaced ? reference.namespace || namespace || '' : ''
  const params = referred(store, resource, { reference, place })
  if (params.length === 0 && reference.parameterNotFoundAction === 'Deny')
    return problemOfBinding('no params found for policy binding with `Deny` parameterNotFoundAction')
  return { resource, params }
}

function referred(
  store: Store,
  { storageName }: Resource,
  { reference: { name, selector }, place }: { reference: ParamRef; place: string },
): readonly StoredObject[] {
  if (name) {
    const stored = store.get(storageName, place, name)
    return stored ? [stored] : []
  }
  const namespace = place === '' ? undefined : place
  const all = [...store.cache(storageName).select({ namespace, matches: undefined })]
  return all.filter(({ object }) => matchesLabelSelector(selector, object.metadata.labels))
}
