import { equalJson } from '../../kube/copy.ts'
import type { Namespace } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { notFound } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ApiRequest, RequestOptions } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs } from '../resources/served.ts'
import { ChangedMeanwhile } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { mutate, validate } from './admit.ts'
import type { Core } from './core.ts'
import { requireDeletionPreconditions } from './deletion-preconditions.ts'

import { requireMortal } from './namespace-lifecycle.ts'
import type { Outcome } from './outcome.ts'
import { namespaceOf } from './target.ts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/** Deletes an object, or marks it so that whoever holds it lets go. */
export async function deleteObject(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { name = '', options } = request
  const namespace = namespaceOf(resource, request.namespace)
  requireMortal(resource, name)
  for (;;) {
    const current = core.store.head(resource.storageName, namespace, name)
    if (!current) throw notFound(resource, name)
    if (resource.conversion?.remote) await resource.conversion.remote.prepare([current.object])
    const object = objectAs(resource, current)
    requireDeletionPreconditions(resource, object, options)
    const admission: AdmissionRequest = {
      operation: 'DELETE',
      kind: resource,
      subresource: undefined,
      namespace: object.metadata.namespace,
      name,
      object: undefined,
      previous: object,
      user: request.user,
      dryRun: options.dryRun ?? false,
      annotate: request.annotate,
      options,
    }
    const mutationWarnings = await mutate(core, admission)
    const warnings = [
      ...orphanWarnings(resource, options),
      ...mutationWarnings,
      ...(await validate(core, admission)),
    ]
    try {
      return { ...(await attemptDelete(core, resource, current, options)), warnings }
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error
    }
  }
}

function orphanWarnings({ behaviour }: Resource, { propagationPolicy }: RequestOptions): readonly string[] {
  const { warning } = behaviour.orphansByDefault ?? {}
  return warning === undefined || propagationPolicy ? [] : [warning]
}

async function attemptDelete(
  core: Core,
  resource: Resource,
  current: StoredObject,
  options: RequestOptions,
): Promise<Outcome> {
  const { behaviour } = resource
  const key = { resource: resource.storageName, namespace: current.namespace, name: current.name }
  const marked = markDeleted(core, resource, current.object, options)
  if (marked === undefined) {
    if (!options.dryRun) {
      await core.store.commit({ ...key, expected: current, object: undefined })
    }
    if (behaviour.returnsDeleted)
      return { kind: 'stored', code: 200, resource, stored: current, warnings: [] }
    return { kind: 'plain', code: 200, object: deletedStatus(resource, current.object), warnings: [] }
  }
  if (options.dryRun) return { kind: 'plain', code: 200, object: marked, warnings: [] }
  if (equalJson(marked, current.object)) {
    await core.store.confirm(resource.storageName, current)
    return { kind: 'stored', code: 200, resource, stored: current, warnings: [] }
  }
  const stored = await core.store.commit({ ...key, expected: current, object: marked })
  return { kind: 'stored', code: 200, resource, stored, warnings: [] }
}

/** The object marked for deletion, or undefined when nothing holds it and it can go at once. */
function markDeleted(
  core: Core,
  resource: Resource,
  kept: KubeObject,
  options: RequestOptions,
): KubeObject | undefined {
  const finalizers = finalizersFor(resource, kept, options)
  const grace = resource.behaviour.gracePeriodSeconds?.(kept, options) ?? 0
  // Only Namespaces are kept under that name.
  const { spec } = kept as unknown as Namespace
  const held = resource.storageName === '/namespaces' && (spec?.finalizers?.length ?? 0) > 0
  if (finalizers.length === 0 && grace === 0 && !held) return undefined
  const { finalizers: _old, ...rest } = kept.metadata
  const metadata = { ...rest, ...(finalizers.length > 0 ? { finalizers } : {}) }
  const already = metadata.deletionTimestamp !== undefined
  if (!already || grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    metadata.deletionTimestamp = toTime(core.clock.now() + grace * 1000)
    // Namespaces know no grace.
    if (!held) metadata.deletionGracePeriodSeconds = grace
    if (!already && metadata.generation) metadata.generation++
  }
  const marked = { ...kept, metadata }
  if (!held) return marked
  const status = (kept as { status?: object }).status
  return { ...marked, status: { ...status, phase: 'Terminating' } } as KubeObject
}

/** The finalizers after the garbage collector's own are set as the propagation policy wants. */
function finalizersFor(resource: Resource, { metadata }: KubeObject, options: RequestOptions): string[] {
  const own = metadata.deletionTimestamp ? [] : (resource.behaviour.finalizersOnDeletion ?? [])
  const finalizers = [...new Set([...(metadata.finalizers ?? []), ...own])]
  const { propagationPolicy } = options
  if (!propagationPolicy) {
    const isDecided = finalizers.includes(FOREGROUND) || finalizers.includes(ORPHAN)
    return resource.behaviour.orphansByDefault && !isDecided ? [...finalizers, ORPHAN] : finalizers
  }
  const others = finalizers.filter(finalizer => finalizer !== FOREGROUND && finalizer !== ORPHAN)
  if (propagationPolicy === 'Foreground') return [...others, FOREGROUND]
  if (propagationPolicy === 'Orphan') return [...others, ORPHAN]
  return others
}

function deletedStatus(resource: Resource, { metadata }: KubeObject): object {
  const { group, plural } = resource
  const details = { name: metadata.name, ...(group ? { group } : {}), kind: plural, uid: metadata.uid }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  }
}
