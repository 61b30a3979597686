import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** RFC 9110 7.6.1 and what came before it: headers for the next hop only. */
const perHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]
/** Who the client is to the API is no business of the backend's. */
const credentials = /^(authorization|impersonate-.*|x-remote-(user|uid|group|extra-.*))$/

interface Client {
  address: string
  /** The path that the client asked for, without the query. */
  path: string
  host: string
}

/** The headers that a backend is sent. `upgrade` is the protocol that the client wants to speak, if any. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  client: Client,
  upgrade: string | undefined,
): OutgoingHttpHeaders {
  const kept = withoutHops(headers)
  for (const name of Object.keys(kept)) if (credentials.test(name) || name.startsWith(':')) delete kept[name]
  const before = headers['x-forwarded-for']
  return {
    ...kept,
    host: client.host,
    'x-forwarded-for': before ? `${String(before)}, ${client.address}` : client.address,
    'x-forwarded-uri': client.path,
    'x-forwarded-host': client.host,
    'x-forwarded-proto': 'https',
    ...(upgrade ? { connection: 'Upgrade', upgrade } : {}),
  }
}

/** Headers without those that are for one hop only, nor those that `Connection` names. */
export function withoutHops(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = String(headers.connection ?? '')
    .split(',')
    .map(name => name.trim().toLowerCase())
  const dropped = new Set([...perHop, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)))
}
