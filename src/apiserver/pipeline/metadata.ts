import { randomBytes, randomUUID } from 'node:crypto'
import { apiVersionOf } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { invalid, invalidValue } from '../../kube/schema/field-error.ts'
import { apiError, conflict } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

/** The letters of generated names: no vowels and nothing that looks alike, as upstream. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const MAX_GENERATED_PREFIX = 63 - SUFFIX_LENGTH

/** A name that begins with the prefix and that nobody has, as upstream's `generateName`. */
export function generatedName(prefix: string): string {
  const suffix = [...randomBytes(SUFFIX_LENGTH)].map(byte => LETTERS[byte % LETTERS.length]).join('')
  return prefix.slice(0, MAX_GENERATED_PREFIX) + suffix
}

/** The body as an object of the resource, in its apiVersion and kind, with metadata. */
export function objectFrom(resource: Resource, body: unknown): KubeObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw apiError(
      'BadRequest',
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: the body must be an object`,
    )
  const { apiVersion, kind, metadata, ...rest } = body as Partial<KubeObject>
  const expected = apiVersionOf(resource)
  if (apiVersion && apiVersion !== expected)
    throw apiError(
      'BadRequest',
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  if (kind && kind !== resource.kind)
    throw apiError(
      'BadRequest',
      `the kind in the data (${kind}) does not match the expected kind (${resource.kind})`,
    )
  if (
    metadata !== undefined &&
    (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
  )
    throw apiError('BadRequest', 'metadata must be an object')
  // What is missing in the metadata is filled in or refused by the caller.
  return { kind: resource.kind, apiVersion: expected, metadata: metadata ?? {}, ...rest } as KubeObject
}

/** Makes the object's namespace that of the request; refuses another one. Where there are none, it is dropped. */
export function settleNamespace(resource: Resource, object: KubeObject, namespace: string | undefined): void {
  if (!resource.namespaced) {
    delete object.metadata.namespace
    return
  }
  if (!namespace) throw apiError('BadRequest', 'an empty namespace may not be set during creation')
  if (object.metadata.namespace && object.metadata.namespace !== namespace)
    throw apiError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  object.metadata.namespace = namespace
}

/** Gives a new object what identifies it. */
export function fillNewMetadata(
  resource: Resource,
  object: KubeObject,
  { now, dryRun }: { now: number; dryRun: boolean },
): void {
  const { metadata } = object
  // Upstream's storage asks, which a dry run does not reach.
  if (metadata.resourceVersion && !dryRun)
    throw apiError('BadRequest', 'resourceVersion should not be set on objects to be created')
  delete (metadata as Partial<typeof metadata>).resourceVersion
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete (metadata as { selfLink?: string }).selfLink
  if (!metadata.name && metadata.generateName) metadata.name = generatedName(metadata.generateName)
  metadata.uid = randomUUID()
  metadata.creationTimestamp = toTime(now)
  if (resource.behaviour.countsGenerations) metadata.generation = 1
  else delete metadata.generation
}

/** Refuses an update that was meant for another object or another version of it. */
export function checkPreconditions(
  resource: Resource,
  next: KubeObject,
  previous: KubeObject,
  request: ApiRequest,
): void {
  const { metadata } = next
  const { name } = previous.metadata
  if (metadata.name && metadata.name !== name)
    throw apiError(
      'BadRequest',
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    )
  if (metadata.uid && metadata.uid !== previous.metadata.uid && isPlainPatch(request))
    throw fixedUid(resource, name, metadata.uid)
  if (metadata.uid && metadata.uid !== previous.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${previous.metadata.uid}`,
    )
  // Zero names no revision: it is as good as none.
  if (metadata.resourceVersion === '0') delete (metadata as Partial<typeof metadata>).resourceVersion
  if (metadata.resourceVersion && metadata.resourceVersion !== previous.metadata.resourceVersion)
    throw conflict(resource, name)
  if (!metadata.resourceVersion && request.verb === 'update' && !resource.behaviour.allowsUnconditionalUpdate)
    throw invalidResourceVersion(resource, name)
}

/** A patch is no precondition: what it changes is held against the rules. */
const isPlainPatch = ({ verb, patchType }: ApiRequest) => verb === 'patch' && patchType !== 'apply'

function fixedUid({ group, kind }: Resource, name: string, uid: string) {
  const fixed = invalidValue('metadata.uid', uid, 'field is immutable')
  return invalid({ group, kind }, name, [fixed, fixed])
}

function invalidResourceVersion(resource: Resource, name: string) {
  const { group, kind } = resource
  const why = 'Invalid value: 0: must be specified for an update'
  return apiError('Invalid', `${kind}.${group} "${name}" is invalid: metadata.resourceVersion: ${why}`, {
    group,
    kind,
    name,
    causes: [{ reason: 'FieldValueInvalid', message: why, field: 'metadata.resourceVersion' }],
  })
}

/** Carries over the metadata that no client may change. */
export function keepMetadata(next: KubeObject, previous: KubeObject): void {
  const { metadata } = next
  const kept = previous.metadata
  metadata.name = kept.name
  metadata.uid = kept.uid
  metadata.creationTimestamp = kept.creationTimestamp
  metadata.resourceVersion = kept.resourceVersion
  delete (metadata as { selfLink?: string }).selfLink
  carry(metadata, kept, 'namespace')
  carry(metadata, kept, 'generateName')
  carry(metadata, kept, 'generation')
  carry(metadata, kept, 'deletionTimestamp')
  carry(metadata, kept, 'deletionGracePeriodSeconds')
}

function carry<T extends object>(to: T, from: T, key: keyof T): void {
  if (from[key] === undefined) delete to[key]
  else to[key] = from[key]
}
