import { isJsonObject } from '../../kube/schema/schema.ts'
import { notFound } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import { ISSUER } from '../auth/service-account-tokens.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32

/** Issues a token for a service account: POST …/serviceaccounts/NAME/token with a TokenRequest. */
export function issueToken(core: Core, accounts: Resource, request: ApiRequest): Outcome {
  const { namespace = '', name = '' } = request
  const account = core.store.get(accounts.storageName, namespace, name)
  if (!account) throw notFound(accounts, name)
  const spec = isJsonObject(request.body) && isJsonObject(request.body.spec) ? request.body.spec : {}
  const asked = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : DEFAULT_SECONDS
  const seconds = Math.min(Math.max(asked, MIN_SECONDS), MAX_SECONDS)
  const wanted = Array.isArray(spec.audiences) ? spec.audiences.map(String) : []
  const audiences = wanted.length > 0 ? wanted : [ISSUER]
  const issuedAt = Math.floor(core.clock.now() / 1000)
  const expiresAt = issuedAt + seconds
  const { uid } = account.object.metadata
  const token = core.tokens.issue({
    namespace,
    serviceAccount: { name, uid },
    audiences,
    issuedAt,
    expiresAt,
  })
  const object = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: toTime(core.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: toTime(expiresAt * 1000) },
  }
  return { kind: 'plain', code: 201, object, warnings: [] }
}
