import type { Impersonation, Proof } from './cluster-access.ts'

/** The headers by which a request says whose it is, and as whom it wants to be taken. */
export function authorizationHeaders(
  { token }: Proof,
  impersonate: Impersonation | undefined,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  if (token) headers.authorization = `Bearer ${token}`
  if (!impersonate) return headers
  const { user, uid, groups, extra } = impersonate
  headers['impersonate-user'] = user
  if (uid) headers['impersonate-uid'] = uid
  if (groups.length > 0) headers['impersonate-group'] = [...groups]
  for (const [key, values] of Object.entries(extra))
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = [...values]
  return headers
}
