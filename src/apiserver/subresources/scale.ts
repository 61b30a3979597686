import { setOwn } from '../../kube/copy.ts'
import type { Scale as LooseScale } from '../../kube/generated/autoscaling-v1.ts'
import type { LabelSelector } from '../../kube/generated/meta-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { builtinSchema } from '../../kube/schema/builtin.ts'
import { invalid, invalidValue } from '../../kube/schema/field-error.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { labelSelectorToString } from '../../kube/selectors.ts'
import { apiError, conflict, notFound } from '../../kube/status.ts'
import { change } from '../pipeline/change.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { patched } from '../pipeline/patch.ts'
import { namespaceOf } from '../pipeline/target.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource, ScalePaths } from '../resources/resource.ts'
import { objectAs } from '../resources/served.ts'

type Scale = LooseScale & KubeObject

/** Reads and writes the number of replicas through an autoscaling/v1 Scale. */
export async function scale(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const paths = resource.scale
  if (!paths) throw notFound(resource, request.name ?? '')
  if (request.verb === 'get') {
    const { name = '' } = request
    const stored = core.store.get(resource.storageName, namespaceOf(resource, request.namespace), name)
    if (!stored) throw notFound(resource, name)
    if (resource.conversion?.remote) await resource.conversion.remote.prepare([stored.object])
    return plain(scaleOf(objectAs(resource, stored), paths))
  }
  const outcome = await change(core, resource, request, copy => {
    const current = copy()
    const wished = wishedScale(scaleOf(current, paths), request)
    const { resourceVersion } = wished.metadata
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
      throw conflict(resource, current.metadata.name)
    write(current as unknown as Json, paths.specReplicas, replicasOf(wished))
    return current
  })
  if (outcome.kind === 'stored' && resource.conversion?.remote)
    await resource.conversion.remote.prepare([outcome.stored.object])
  const object =
    outcome.kind === 'stored'
      ? objectAs(resource, outcome.stored)
      : outcome.kind === 'plain'
        ? // A change in a dry run yields the object it would make.
          (outcome.object as KubeObject)
        : undefined
  return object ? plain(scaleOf(object, paths)) : outcome
}

const plain = (object: Scale): Outcome => ({ kind: 'plain', code: 200, object, warnings: [] })

function wishedScale(current: Scale, request: ApiRequest): Scale {
  const schema = builtinSchema('autoscaling', 'v1', 'Scale')
  const wished = request.verb === 'patch' ? patched(current, request, schema) : request.body
  if (!isJsonObject(wished)) throw apiError('BadRequest', 'the body must be an object of kind Scale')
  // The fields that are used are checked.
  return { ...wished, metadata: isJsonObject(wished.metadata) ? wished.metadata : {} } as unknown as Scale
}

function replicasOf({ metadata, spec }: Scale): number {
  const replicas: unknown = spec?.replicas ?? 0
  if (typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0 && replicas <= 0x7fffffff)
    return replicas
  throw invalid({ group: 'autoscaling', kind: 'Scale' }, metadata.name, [
    invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ])
}

function scaleOf(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = paths.labelSelector ? read(object, paths.labelSelector) : undefined
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(read(object, paths.specReplicas) ?? 0) },
    status: {
      replicas: Number(read(object, paths.statusReplicas) ?? 0),
      ...(selector === undefined ? {} : { selector: selectorText(selector) }),
    },
  }
}

function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector
  if (!isJsonObject(selector)) return ''
  // A ReplicationController's selector is a plain map, all others are LabelSelectors.
  const isMap = !('matchLabels' in selector) && !('matchExpressions' in selector)
  return labelSelectorToString((isMap ? { matchLabels: selector } : selector) as LabelSelector)
}

const keysOf = (path: string) => path.split('.').filter(key => key !== '')

function read(object: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), object)
}

function write(object: Json, path: string, value: unknown): void {
  const keys = keysOf(path)
  const last = keys.pop() ?? ''
  let at = object
  for (const key of keys) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    const child = isJsonObject(next) ? next : {}
    setOwn(at, key, child)
    at = child
  }
  setOwn(at, last, value)
}
