import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../../kube/generated/certificates-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { toTime } from '../../lib/clock.ts'
import type { Behaviour } from '../resources/behaviour.ts'

// The behaviour is that of CertificateSigningRequests only.
const asRequest = (object: KubeObject) => object as unknown as CertificateSigningRequest

type Condition = CertificateSigningRequestCondition

/**
 * Requests for certificates do not change once they are made: through `approval` only conditions are written, through
 * `status` the certificate and conditions, as upstream's strategies have it.
 */
export const signingRequestBehaviour: Partial<Behaviour> = {
  views: {
    '': (wished, current) => withPartsOf(wished, asRequest(current).spec, asRequest(current).status),
    approval: (wished, current) =>
      withPartsOf(wished, asRequest(current).spec, {
        ...asRequest(current).status,
        conditions: asRequest(wished).status?.conditions,
      }),
    status: (wished, current) =>
      withPartsOf(wished, asRequest(current).spec, {
        ...asRequest(wished).status,
        conditions: withDecisionsOf(asRequest(wished), asRequest(current)),
      }),
  },
  prepareUpdate(next, previous, { now }) {
    const before = asRequest(previous).status?.conditions ?? []
    const time = toTime(now)
    for (const condition of asRequest(next).status?.conditions ?? []) {
      condition.lastUpdateTime ??= time
      condition.lastTransitionTime ??=
        before.find(({ type, status }) => type === condition.type && status === condition.status)
          ?.lastTransitionTime ?? time
    }
  },
}

function withPartsOf(
  object: KubeObject,
  spec: CertificateSigningRequest['spec'],
  status: CertificateSigningRequest['status'],
): KubeObject {
  const { conditions, certificate } = status ?? {}
  return {
    ...object,
    spec,
    status: { ...(conditions ? { conditions } : {}), ...(certificate ? { certificate } : {}) },
  } as unknown as KubeObject
}

/** Approvals and denials stay as they are where there are as many; else validation says what is wrong. */
function withDecisionsOf(
  wished: CertificateSigningRequest,
  current: CertificateSigningRequest,
): Condition[] | undefined {
  let conditions = wished.status?.conditions
  for (const decision of ['Approved', 'Denied']) {
    const kept = (current.status?.conditions ?? []).filter(({ type }) => type === decision)
    const count = conditions?.filter(({ type }) => type === decision).length ?? 0
    if (count !== kept.length) continue
    conditions = conditions?.map(condition =>
      condition.type === decision ? (kept.shift() ?? condition) : condition,
    )
  }
  return conditions
}
