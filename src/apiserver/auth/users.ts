import type { UserInfo } from '../request.ts'
import type { TokenClaims } from './service-account-tokens.ts'

/** Everybody who is let in; there are no finer rights. */
export const AUTHENTICATED = 'system:authenticated'

export const serviceAccountUser = ({ namespace, serviceAccount, pod }: TokenClaims): UserInfo => ({
  username: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
  uid: serviceAccount.uid,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
  ...(pod
    ? {
        extra: {
          'authentication.kubernetes.io/pod-name': [pod.name],
          'authentication.kubernetes.io/pod-uid': [pod.uid],
        },
      }
    : {}),
})
