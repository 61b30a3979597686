import { equalJson, copyJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import { mutate, validate } from '../pipeline/admit.ts'
import { namespaceOf } from '../pipeline/target.ts'
import type { UserInfo } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { connectOptions, queryOf } from './connect-options.ts'
import type { Exchange } from './handler.ts'
import { addWarnings } from './reply.ts'
import type { ResourcePath } from './route.ts'

/**
 * Asks admission whether a connection may be opened (the operation CONNECT): its object are the connection's options,
 * which may be changed. Yields the query as it is then. Throws ApiError.
 */
export async function admitConnection(
  { core, query, response, audit }: Exchange,
  resource: Resource,
  { path, user }: { path: ResourcePath; user: UserInfo },
): Promise<URLSearchParams> {
  const { subresource, name = '', rest } = path
  const label = `${resource.plural}/${subresource}`
  const options = connectOptions(label, query, rest)
  if (!options) return query
  if (query.has('dryRun')) throw apiError('BadRequest', 'dryRun is not supported')
  const before = copyJson(options)
  const admission: AdmissionRequest = {
    operation: 'CONNECT',
    kind: { ...resource, kind: options.kind },
    subresource,
    namespace: namespaceOf(resource, path.namespace) || undefined,
    name,
    // Options have no metadata; plugins that see connections know.
    object: options as unknown as KubeObject,
    previous: undefined,
    user,
    dryRun: false,
    options: {},
    annotate: audit && ((...annotation) => audit.annotate(...annotation)),
  }
  const warnings = [...(await mutate(core, admission)), ...(await validate(core, admission))]
  addWarnings(response, warnings)
  return equalJson(options, before) ? query : queryOf(label, options, query)
}
