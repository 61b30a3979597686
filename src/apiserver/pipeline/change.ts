import { copyJson, equalJson, equalJsonBut } from '../../kube/copy.ts'
import type { Namespace } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Json } from '../../kube/schema/schema.ts'
import { writeZeros } from '../../kube/schema/go-form.ts'
import { conflict, notFound } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs, textAs } from '../resources/served.ts'
import { ChangedMeanwhile } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { withStatusOf } from '../resources/with-status.ts'
import { mutate, validate } from './admit.ts'
import { check } from './check.ts'
import type { Core } from './core.ts'
import { decode } from './decode.ts'

import { isUnchanged, track } from './field-managers.ts'
import { checkPreconditions, keepMetadata, settleNamespace } from './metadata.ts'
import type { Outcome } from './outcome.ts'
import { namespaceOf } from './target.ts'

/** How often a change is tried again because the object changed while admission looked at it. */
const MAX_ATTEMPTS = 20

/** Makes the wanted object; `copy` yields the current one, to be changed at will. */
export type Wish = (copy: () => KubeObject) => KubeObject

/** Changes an object to what the wish makes of it, again from the start when somebody else was faster. */
export async function change(
  core: Core,
  resource: Resource,
  request: ApiRequest,
  wish: Wish,
): Promise<Outcome> {
  const { name = '' } = request
  const namespace = namespaceOf(resource, request.namespace)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = core.store.head(resource.storageName, namespace, name)
    if (!current) throw notFound(resource, name)
    try {
      return await attemptChange({ core, resource, request, wish, current })
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error
    }
  }
  throw conflict(resource, name)
}

interface Attempt {
  core: Core
  resource: Resource
  request: ApiRequest
  wish: Wish
  current: StoredObject
}

async function attemptChange({ core, resource, request, wish, current }: Attempt): Promise<Outcome> {
  const dryRun = request.options.dryRun ?? false
  if (resource.conversion?.remote) await resource.conversion.remote.prepare([current.object])
  const previous = objectAs(resource, current)
  // Parsing the text is the fastest deep copy there is.
  const copy = () => JSON.parse(textAs(resource, current)) as KubeObject
  const wished = wish(copy)
  settleNamespace(resource, wished, previous.metadata.namespace)
  checkPreconditions(resource, wished, previous, request)
  const decodeWarnings = decode(resource, wished, request)
  const next = viewThrough(resource, request.subresource, wished, copy)
  // An apply has said already who owns what, also of what it wrote through a subresource.
  if (request.patchType === 'apply') carryManagers(next, wished)
  keepMetadata(next, previous)
  const admission: AdmissionRequest = {
    operation: 'UPDATE',
    kind: resource,
    subresource: request.subresource,
    namespace: previous.metadata.namespace,
    name: previous.metadata.name,
    object: next,
    previous,
    user: request.user,
    dryRun,
    annotate: request.annotate,
    options: request.options,
  }
  try {
    return await admitted({ core, resource, request, current, admission, next, previous, decodeWarnings })
  } catch (error) {
    admission.takeBack?.()
    const head = core.store.head(resource.storageName, current.namespace, current.name)
    if (head) resource.behaviour.hold?.(head.object)
    throw error
  }
}

interface Admitted extends Omit<Attempt, 'wish'> {
  admission: AdmissionRequest
  next: KubeObject
  previous: KubeObject
  decodeWarnings: readonly string[]
}

/** Admits, checks and writes the new state. */
async function admitted(attempt: Admitted): Promise<Outcome> {
  const { core, resource, request, current, admission, next, previous, decodeWarnings } = attempt
  const { store } = core
  const { behaviour } = resource
  const { dryRun } = admission
  const now = core.clock.now()
  // Before admission: what the server fills in is nobody's.
  if (request.patchType !== 'apply') track(resource, request, { live: previous, updated: next, core })
  const mutationWarnings = await mutate(core, admission)
  // Webhooks may change anything but what identifies the object, and what this way of writing leaves alone.
  keepMetadata(next, previous)
  if (behaviour.separatesStatus) keepOther(next, previous, request.subresource)
  behaviour.prepareUpdate?.(next, previous, { now, dryRun })
  if (resource.schema && !resource.custom) writeZeros(resource.schema, next)
  // A binding is no change of what is wanted, although the node's name stands in the specification.
  const isCounted = behaviour.countsGenerations && request.subresource !== 'binding'
  if (isCounted && !sameSpec(resource, next, previous))
    next.metadata.generation = (previous.metadata.generation ?? 0) + 1
  const ruleWarnings = request.vetted
    ? []
    : check(resource, { object: next, previous, subresource: request.subresource })
  const warnings = [
    ...decodeWarnings,
    ...mutationWarnings,
    ...ruleWarnings,
    ...(await validate(core, admission)),
  ]
  if (isUnchanged(next, previous)) {
    await store.confirm(resource.storageName, current)
    return { kind: 'stored', code: 200, resource, stored: current, warnings }
  }
  if (dryRun) return { kind: 'plain', code: 200, object: next, warnings }
  const key = { resource: resource.storageName, namespace: current.namespace, name: current.name }
  if (isGone(resource, next)) {
    await store.commit({ ...key, expected: current, object: undefined })
    return { kind: 'plain', code: 200, object: next, warnings }
  }
  if (resource.conversion?.remote) await resource.conversion.remote.prepareKept(next)
  const object = resource.conversion?.toKept(next) ?? next
  const stored = await store.commit({ ...key, expected: current, object })
  return { kind: 'stored', code: 200, resource, stored, warnings }
}

/** What of the wish counts: through `status` only the status, otherwise all but the status. */
function viewThrough(
  resource: Resource,
  subresource: string | undefined,
  wished: KubeObject,
  copy: () => KubeObject,
): KubeObject {
  const view = resource.behaviour.views?.[subresource ?? '']
  if (view) return view(wished, copy())
  if (!resource.behaviour.separatesStatus) return wished
  if (subresource !== 'status') return withStatusOf(wished, copy())
  const current = copy()
  // As upstream's strategies: annotations may come with a status, but not with that of a custom resource.
  if (!resource.custom) setOrDrop(current.metadata, wished.metadata.annotations)
  return withStatusOf(current, wished)
}

/** Takes back in place what admission made of the status, or in a status that was written of all the rest. */
function keepOther(next: KubeObject, previous: KubeObject, subresource: string | undefined): void {
  const [written, before] = [next as unknown as Json, previous as unknown as Json]
  if (subresource === undefined) {
    if (!equalJson(written['status'], before['status'])) restore(written, before, 'status')
  } else if (subresource === 'status' && !equalJsonBut(next, previous, OUTSIDE_OF_SPEC_AND_STATUS))
    for (const key of new Set([...Object.keys(written), ...Object.keys(before)]))
      if (!OUTSIDE_OF_SPEC_AND_STATUS.includes(key)) restore(written, before, key)
}

function restore(written: Json, before: Json, key: string): void {
  if (before[key] === undefined) delete written[key]
  else written[key] = copyJson(before[key])
}

function carryManagers({ metadata }: KubeObject, { metadata: { managedFields } }: KubeObject): void {
  if (managedFields) metadata.managedFields = managedFields
  else delete metadata.managedFields
}

function setOrDrop(metadata: KubeObject['metadata'], annotations: Record<string, string> | undefined): void {
  if (annotations) metadata.annotations = annotations
  else delete metadata.annotations
}

const OUTSIDE_OF_SPEC = ['metadata']
const OUTSIDE_OF_SPEC_AND_STATUS = ['metadata', 'status']

const sameSpec = ({ behaviour }: Resource, next: KubeObject, previous: KubeObject): boolean =>
  equalJsonBut(next, previous, behaviour.separatesStatus ? OUTSIDE_OF_SPEC_AND_STATUS : OUTSIDE_OF_SPEC)

/** An object that waits for its deletion is gone when nobody holds it any more. */
function isGone({ storageName }: Resource, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  if (!deletionTimestamp || deletionGracePeriodSeconds || finalizers?.length) return false
  // Only Namespaces are kept there.
  return storageName !== '/namespaces' || !(object as unknown as Namespace).spec?.finalizers?.length
}
