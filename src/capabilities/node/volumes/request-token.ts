import type { Client } from '../../../kernel/client.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { IssuedToken, TokenOrder } from './pod-tokens.ts'

/** authentication.k8s.io/v1 TokenRequest, as a subresource of a service account. */
interface TokenRequest extends KubeObject {
  spec: {
    audiences: string[]
    expirationSeconds: number
    boundObjectRef: { apiVersion: 'v1'; kind: 'Pod'; name: string; uid: string }
  }
  status?: { token: string; expirationTimestamp: string } | undefined
}

const ServiceAccountToken: Kind<TokenRequest> = {
  group: '',
  version: 'v1',
  kind: 'TokenRequest',
  plural: 'serviceaccounts',
  namespaced: true,
}

/** Asks the API server for a token that is good while the pod exists. */
export async function requestToken(client: Client, clock: Clock, order: TokenOrder): Promise<IssuedToken> {
  const { pod, audience, expirationSeconds } = order
  const { name, namespace, uid } = pod.metadata
  const issuedAt = clock.now()
  const { status } = await client.create(
    ServiceAccountToken,
    {
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: pod.spec.serviceAccountName || 'default', namespace },
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
    { subresource: 'token' },
  )
  if (!status) throw new Error('the API server answered without a token')
  return { token: status.token, issuedAt, expiresAt: Date.parse(status.expirationTimestamp) }
}
