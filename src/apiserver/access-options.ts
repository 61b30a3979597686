import type { AuditOptions } from './audit/audit-options.ts'
import type { OidcSettings } from './auth/oidc.ts'
import type { StaticToken } from './auth/static-tokens.ts'

/** Who is let in besides the administrator and service accounts, and who may do what. */
export interface AccessOptions {
  staticTokens?: readonly StaticToken[] | undefined
  oidc?: OidcSettings | undefined
  /** Authorities beside the server's own whose client certificates are taken, in PEM. */
  clientAuthorities?: string | undefined
  /** Roles are asked first, and then everything is allowed: upstream's `RBAC,AlwaysAllow`. */
  alwaysAllow?: boolean | undefined
  audit?: AuditOptions | undefined
}
