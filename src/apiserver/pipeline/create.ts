import type { KubeObject } from '../../kube/object.ts'
import { applySchemaDefaults } from '../../kube/schema/defaults.ts'
import { writeZeros } from '../../kube/schema/go-form.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { ChangedMeanwhile } from '../store/store.ts'
import { mutate, validate } from './admit.ts'
import { check } from './check.ts'
import type { Core } from './core.ts'
import { decode } from './decode.ts'
import { track } from './field-managers.ts'
import { fillNewMetadata, objectFrom, settleNamespace } from './metadata.ts'
import { requireNamespace } from './namespace-lifecycle.ts'
import type { Outcome } from './outcome.ts'

/** Creates an object. */
export async function create(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { behaviour } = resource
  const dryRun = request.options.dryRun ?? false
  if (resource.custom?.definition.metadata.deletionTimestamp)
    throw apiError('MethodNotAllowed', 'create not allowed while custom resource definition is terminating')
  const object = objectFrom(resource, request.body)
  settleNamespace(resource, object, request.namespace)
  const decodeWarnings = decode(resource, object, request)
  const now = core.clock.now()
  const admission: AdmissionRequest = {
    operation: 'CREATE',
    kind: resource,
    subresource: undefined,
    namespace: object.metadata.namespace,
    name: object.metadata.name ?? '',
    object,
    previous: undefined,
    user: request.user,
    dryRun,
    annotate: request.annotate,
    options: request.options,
  }
  // Before admission: what the server fills in is nobody's.
  if (request.patchType !== 'apply') track(resource, request, { live: undefined, updated: object, core })
  const mutationWarnings = await mutate(core, admission)
  // Webhooks see a new object before it has its identity, as upstream's do, and have no say in that.
  fillNewMetadata(resource, object, { now, dryRun })
  admission.name = object.metadata.name ?? ''
  settleNamespace(resource, object, request.namespace)
  const namespace = object.metadata.namespace ?? ''
  const { name } = object.metadata
  if (core.store.head(resource.storageName, namespace, name)) throw alreadyExists(resource, name)
  requireNamespace(core, resource, namespace, name)
  if (behaviour.separatesStatus && !behaviour.takesStatusOnCreate) resetStatus(resource, object)
  try {
    behaviour.prepareCreate?.(object, { now, dryRun })
    if (resource.schema && !resource.custom) writeZeros(resource.schema, object)
    const ruleWarnings = request.vetted
      ? []
      : check(resource, { object, previous: undefined, subresource: undefined })
    const warnings = [
      ...decodeWarnings,
      ...mutationWarnings,
      ...ruleWarnings,
      ...(await validate(core, admission)),
    ]
    const kept = await asKept(resource, object)
    if (dryRun) return { kind: 'plain', code: 201, object: asRead(resource, object, kept), warnings }
    const stored = await commitNew(core, resource, kept)
    return { kind: 'stored', code: 201, resource, stored, warnings }
  } catch (error) {
    behaviour.release?.(object)
    admission.takeBack?.()
    throw error
  }
}

/** A new object's status is its controller's to write, but for what its definition says of one that is absent. */
function resetStatus({ custom, schema }: Resource, object: KubeObject): void {
  delete (object as { status?: unknown }).status
  const status = custom && schema?.properties?.['status']
  if (status?.default !== undefined) applySchemaDefaults({ properties: { status } }, object)
}

/** In the version in which objects are kept. Throws ApiError where a webhook does not convert it. */
async function asKept({ conversion }: Resource, object: KubeObject): Promise<KubeObject> {
  if (conversion?.remote) await conversion.remote.prepareKept(object)
  return conversion?.toKept(object) ?? object
}

/** What a reader would get of it; a webhook is asked once only. */
const asRead = ({ conversion }: Resource, object: KubeObject, kept: KubeObject): KubeObject =>
  conversion && !conversion.remote ? conversion.toServed(kept) : object

async function commitNew(core: Core, resource: Resource, object: KubeObject) {
  const { name, namespace = '' } = object.metadata
  try {
    return await core.store.commit({
      resource: resource.storageName,
      namespace,
      name,
      expected: undefined,
      object,
    })
  } catch (error) {
    throw error instanceof ChangedMeanwhile ? alreadyExists(resource, name) : error
  }
}

function alreadyExists(resource: Resource, name: string) {
  const { group, plural } = resource
  return apiError('AlreadyExists', `${group ? `${plural}.${group}` : plural} "${name}" already exists`, {
    group: group || undefined,
    kind: plural,
    name,
  })
}
