/** What a path of the resource API names. */
export interface ResourcePath {
  group: string
  version: string
  plural: string
  namespace: string | undefined
  name: string | undefined
  subresource: string | undefined
  /** What follows a proxy subresource. */
  rest: string | undefined
}

/** Subresources of namespaces themselves; any other third segment is a resource inside the namespace. */
const namespaceSubresources = new Set(['status', 'finalize'])

/** The resource that a path names: `/api/v1/…`, `/apis/GROUP/VERSION/…`; undefined for any other path. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = decodeSegments(path)
  if (!segments) return undefined
  const isCore = segments[0] === 'api'
  if (!isCore && segments[0] !== 'apis') return undefined
  const [group = '', version = ''] = isCore ? ['', segments[1]] : [segments[1], segments[2]]
  const rest = segments.slice(isCore ? 2 : 3)
  if (rest.length === 0 || version === '') return undefined
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '')
  const [plural = '', name, subresource, ...more] = inNamespace ? rest.slice(2) : rest
  // What follows `proxy` is the backend's to understand.
  const own = subresource === 'proxy' ? segments.slice(0, segments.length - more.length) : segments
  if (own.includes('')) return undefined
  return {
    group,
    version,
    plural,
    namespace: inNamespace ? rest[1] : undefined,
    name,
    subresource,
    rest: more.length > 0 ? more.join('/') : undefined,
  }
}

function decodeSegments(path: string): string[] | undefined {
  const segments = path.split('/').slice(1)
  if (segments.at(-1) === '') segments.pop()
  // Nearly every path is plain, and decoding costs as much as finding the object.
  if (!path.includes('%')) return segments
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
