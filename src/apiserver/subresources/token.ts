import type { Pod } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type FieldError, invalid, invalidValue } from '../../kube/schema/field-error.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { apiError, conflict, notFound } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import { ISSUER, type ObjectReference } from '../auth/service-account-tokens.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32
/** What the kubelet asks for the mounted token; such a one holds for a year, with a warning after this long. */
const WARN_ONLY_SECONDS = 3607
const EXTENDED_SECONDS = 365 * 24 * 3600
const KIND = { group: 'authentication.k8s.io', plural: 'TokenRequest', kind: 'TokenRequest' }

/** Issues a token for a service account: POST …/serviceaccounts/NAME/token with a TokenRequest. */
export function issueToken(core: Core, accounts: Resource, request: ApiRequest): Outcome {
  const { namespace = '', name = '' } = request
  const body = isJsonObject(request.body) ? request.body : {}
  checkNames(isJsonObject(body.metadata) ? body.metadata : {}, name, namespace)
  const account = core.store.get(accounts.storageName, namespace, name)
  if (!account) throw notFound(accounts, name)
  const { uid } = account.object.metadata
  checkUid(isJsonObject(body.metadata) ? body.metadata.uid : undefined, name, uid)
  const spec = isJsonObject(body.spec) ? body.spec : {}
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : DEFAULT_SECONDS
  checkSeconds(seconds)
  const wanted = Array.isArray(spec.audiences) ? spec.audiences.map(String) : []
  const audiences = wanted.length > 0 ? wanted : [ISSUER]
  const bound = boundTo(core, spec.boundObjectRef, { namespace, account: name })
  const issuedAt = Math.floor(core.clock.now() / 1000)
  const isExtended =
    bound.pod !== undefined &&
    seconds === WARN_ONLY_SECONDS &&
    audiences.every(audience => audience === ISSUER)
  const token = core.tokens.issue({
    namespace,
    serviceAccount: { name, uid },
    ...bound,
    audiences,
    issuedAt,
    expiresAt: issuedAt + (isExtended ? EXTENDED_SECONDS : seconds),
    warnAfter: isExtended ? issuedAt + seconds : undefined,
  })
  const object = {
    kind: KIND.kind,
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid, creationTimestamp: toTime(core.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: toTime((issuedAt + seconds) * 1000) },
  }
  return { kind: 'plain', code: 201, object, warnings: [] }
}

function checkNames(metadata: Json, name: string, namespace: string): void {
  const errors: FieldError[] = []
  if (metadata.name && metadata.name !== name)
    errors.push(
      invalidValue('metadata.name', metadata.name, 'must match the service account name if specified'),
    )
  if (metadata.namespace && metadata.namespace !== namespace)
    errors.push(
      invalidValue(
        'metadata.namespace',
        metadata.namespace,
        'must match the service account namespace if specified',
      ),
    )
  if (errors.length > 0) throw invalid(KIND, name, errors)
}

function checkUid(asked: unknown, name: string, uid: string): void {
  if (asked && asked !== uid)
    throw conflict(
      KIND,
      name,
      `the UID in the token request (${String(asked)}) does not match the UID of the service account (${uid})`,
    )
}

function checkSeconds(seconds: number): void {
  const problem =
    seconds < MIN_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > MAX_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (problem) throw invalid(KIND, '', [invalidValue('spec.expirationSeconds', seconds, problem)])
}

interface Bound {
  pod?: ObjectReference
  secret?: ObjectReference
  node?: ObjectReference
}

/** What a token is bound to. Throws ApiError 404, 400 or 409 where that is not there, not allowed or another one. */
function boundTo(core: Core, asked: unknown, on: { namespace: string; account: string }): Bound {
  if (!isJsonObject(asked)) return {}
  const { apiVersion = '', kind = '', name: target = '', uid } = asked
  const name = String(target)
  switch (`${String(apiVersion)} ${String(kind)}`) {
    case 'v1 Pod': {
      // Only Pods are kept there.
      const pod = found(core, 'pods', on.namespace, name) as unknown as Pod
      if (pod.spec.serviceAccountName !== on.account)
        throw apiError(
          'BadRequest',
          `cannot bind token for serviceaccount ${JSON.stringify(on.account)} to pod running with different serviceaccount name.`,
        )
      checkBoundUid('Pod', pod, uid)
      const { nodeName } = pod.spec
      const node = nodeName && core.store.get('/nodes', '', nodeName)?.object.metadata.uid
      return {
        pod: referenceTo(pod),
        ...(nodeName ? { node: { name: nodeName, ...(node ? { uid: node } : {}) } as ObjectReference } : {}),
      }
    }
    case 'v1 Secret': {
      const secret = found(core, 'secrets', on.namespace, name)
      checkBoundUid('Secret', secret, uid)
      return { secret: referenceTo(secret) }
    }
    case 'v1 Node': {
      const node = found(core, 'nodes', '', name)
      checkBoundUid('Node', node, uid)
      return { node: referenceTo(node) }
    }
    default: {
      const [group, version] = splitVersion(String(apiVersion))
      throw apiError(
        'BadRequest',
        `cannot bind token to object of type ${group}/${version}, Kind=${String(kind)}`,
      )
    }
  }
}

const splitVersion = (apiVersion: string): [string, string] => {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]
}

function found(core: Core, plural: string, namespace: string, name: string) {
  const stored = core.store.get(`/${plural}`, namespace, name)
  if (!stored) throw notFound({ group: '', plural }, name)
  return stored.object
}

function checkBoundUid(kind: string, { metadata }: KubeObject, uid: unknown): void {
  if (uid && uid !== metadata.uid)
    throw conflict(
      { group: '', plural: kind },
      metadata.name,
      `the UID in the bound object reference (${String(uid)}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
}

const referenceTo = ({ metadata: { name, uid } }: KubeObject): ObjectReference => ({ name, uid })
