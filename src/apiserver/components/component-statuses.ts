import type { ComponentStatus } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { notFound } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { selectionOf } from '../pipeline/selection.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { StoredObject } from '../store/stored-object.ts'

/** How a part of the control plane is, under the name that upstream gives it. */
export interface ComponentHealth {
  name: 'controller-manager' | 'scheduler'
  /** Undefined where it is well. */
  problem: string | undefined
}

export const COMPONENT_STATUSES = '/componentstatuses'
/** Upstream's name of the first server of its storage: what keeps objects here. */
const STORAGE = 'etcd-0'
/** Upstream's name for it in its refusals. */
const NOT_FOUND_AS = { group: '', plural: 'componentstatus' }

/** Asks the parts of the control plane how they are: they are not kept, and have neither uid nor revision. */
export function readComponentStatuses(core: Core, resource: Resource, request: ApiRequest): Outcome {
  const all = [
    ...core.components().map(({ name, problem }) => statusOf(name, { problem, error: '' })),
    statusOf(STORAGE, { problem: core.store.failure && '', error: core.store.failure?.message ?? '' }),
  ].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  if (request.verb === 'get') {
    const found = all.find(({ metadata }) => metadata.name === request.name)
    if (!found) throw notFound(NOT_FOUND_AS, request.name ?? '')
    return { kind: 'stored', code: 200, resource, stored: StoredObject.of(0, found), warnings: [] }
  }
  const { matches = () => true } = selectionOf(resource, request)
  return {
    kind: 'list',
    code: 200,
    resource,
    items: all.map(object => StoredObject.of(0, object)).filter(matches),
    revision: undefined,
    continue: undefined,
    remaining: undefined,
    warnings: [],
  }
}

function statusOf(
  name: string,
  { problem, error }: { problem: string | undefined; error: string },
): ComponentStatus {
  const condition = {
    type: 'Healthy',
    status: problem === undefined ? 'True' : 'False',
    message: problem ?? 'ok',
    ...(error ? { error } : {}),
  }
  // It is made anew for each request.
  const metadata = { name } as KubeObject['metadata']
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata, conditions: [condition] }
}
