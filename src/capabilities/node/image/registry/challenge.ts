/** What a registry asks for in `WWW-Authenticate` (RFC 9110, and the distribution project's token authentication). */
export type Challenge =
  | { scheme: 'basic' }
  | { scheme: 'bearer'; realm: string; service?: string | undefined; scope?: string | undefined }

/** Reads the header; undefined for schemes that are not known. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? '') ?? []
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' }
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, bare] of rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g))
    parameters.set(name.toLowerCase(), quoted ?? bare ?? '')
  const realm = parameters.get('realm')
  return realm
    ? { scheme: 'bearer', realm, service: parameters.get('service'), scope: parameters.get('scope') }
    : undefined
}
