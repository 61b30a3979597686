import type { Pod } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { apiError, conflict } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import { change } from '../pipeline/change.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { success } from './success.ts'

/** POST …/bindings, the older way: the Binding is named after its pod. */
export function bindByName(core: Core, request: ApiRequest): Promise<Outcome> {
  const metadata = isJsonObject(request.body) ? request.body.metadata : undefined
  const name = isJsonObject(metadata) ? metadata.name : undefined
  const pods = core.registry.find('', 'v1', 'pods')
  if (!pods || typeof name !== 'string')
    throw apiError('BadRequest', 'Binding: metadata.name: Required value')
  return bind(core, pods, { ...request, name })
}

/** Assigns a pod to a node: POST …/pods/NAME/binding with a v1 Binding. */
export async function bind(core: Core, pods: Resource, request: ApiRequest): Promise<Outcome> {
  const target = isJsonObject(request.body) ? request.body.target : undefined
  const node = isJsonObject(target) ? target.name : undefined
  if (typeof node !== 'string' || node === '')
    throw apiError('BadRequest', 'Binding: target.name: Required value')
  const metadata = isJsonObject(request.body) ? request.body.metadata : undefined
  const wantedUid = isJsonObject(metadata) ? metadata.uid : undefined
  await change(core, pods, { ...request, verb: 'patch', subresource: 'binding' }, copy => {
    const pod = copy() as unknown as Pod
    const { name, deletionTimestamp, uid } = pod.metadata
    if (wantedUid && wantedUid !== uid)
      throw conflict(
        pods,
        name,
        `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`,
      )
    if (pod.spec.schedulingGates?.length)
      throw conflict(pods, name, `pod ${name} has non-empty .spec.schedulingGates`)
    if (deletionTimestamp)
      throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`)
    if (pod.spec.nodeName)
      throw conflict(pods, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
    pod.spec.nodeName = node
    const others = pod.status?.conditions?.filter(({ type }) => type !== 'PodScheduled') ?? []
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: toTime(core.clock.now()) }
    // The pod has its node; a nomination says no more.
    pod.status = { ...pod.status, nominatedNodeName: undefined, conditions: [...others, scheduled] }
    return pod as unknown as KubeObject
  })
  return success(201)
}
