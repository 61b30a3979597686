import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { ArrayList, EntryMap, Opaque } from '../value.ts'

class UrlValue extends Opaque {
  override readonly typeName = 'kubernetes.URL'
  readonly text: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    super()
    this.text = text
    this.scheme = scheme
    this.host = host
    this.path = path
    this.query = query
  }
  override equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text
  }
}

const shape = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s

/** A URL or an absolute path, as Go's ParseRequestURI takes them; undefined for what is neither. */
function parseUrl(text: string): UrlValue | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URLs must not have them
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text)) return undefined
  const match = shape.exec(text.replace(/#.*$/s, ''))
  if (!match) return undefined
  const [, scheme = '', authority, path = '', query = ''] = match
  if (scheme === '' && !text.startsWith('/')) return undefined
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  const host = (authority ?? '').replace(/^.*@/, '')
  if (!/^(\[[0-9A-Fa-f:.%]+\]|[^[\]:<>"\\^`{|} ]*)(:\d*)?$/.test(host)) return undefined
  return new UrlValue(text, scheme.toLowerCase(), host, path, query)
}

const portOf = ({ host }: UrlValue) => /:(\d*)$/.exec(host)?.[1] ?? ''
const hostnameOf = ({ host }: UrlValue) => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '')

/** Escapes what a path may not hold as it is. */
const escapedPath = ({ path }: UrlValue) =>
  path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%]/gu, character => encodeURIComponent(character))

function queryOf({ query }: UrlValue): EntryMap {
  const values = new Map<string, string[]>()
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value])
  const map = new EntryMap()
  for (const [key, list] of values) map.add(key, new ArrayList(list))
  return map
}

/** Kubernetes' URL library. */
export const urls: readonly Overload[] = [
  overload('string_to_url', 'url(string): url', (text: string) => {
    const url = parseUrl(text)
    if (!url)
      throw new EvaluationError(
        `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
      )
    return url
  }),
  overload('is_url_string', 'isURL(string): bool', (text: string) => parseUrl(text) !== undefined),
  overload('url_get_scheme', 'url::getScheme(): string', ({ scheme }: UrlValue) => scheme),
  overload('url_get_host', 'url::getHost(): string', ({ host }: UrlValue) => host),
  overload('url_get_hostname', 'url::getHostname(): string', hostnameOf),
  overload('url_get_port', 'url::getPort(): string', portOf),
  overload('url_get_escaped_path', 'url::getEscapedPath(): string', escapedPath),
  overload('url_get_query', 'url::getQuery(): map(string, list(string))', queryOf),
]
