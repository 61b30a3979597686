import { ISSUER } from '../auth/service-account-tokens.ts'
import type { Core } from '../pipeline/core.ts'

const KEYS_PATH = '/openid/v1/jwks'

/** The documents by which others check tokens of service accounts (OpenID Connect Discovery 1.0). */
export function openidDocument(
  core: Core,
  path: string,
): { content: string; contentType: string } | undefined {
  switch (path) {
    case '/.well-known/openid-configuration':
      return {
        contentType: 'application/json',
        content: JSON.stringify({
          issuer: ISSUER,
          jwks_uri: `https://kubernetes.default.svc.cluster.local${KEYS_PATH}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
        }),
      }
    case KEYS_PATH:
      return { contentType: 'application/jwk-set+json', content: JSON.stringify(core.tokens.keySet()) }
    default:
      return undefined
  }
}
