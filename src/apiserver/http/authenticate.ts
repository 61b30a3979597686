import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { ISSUER } from '../auth/service-account-tokens.ts'
import type { TokenAuthenticator } from '../auth/token-authenticator.ts'
import { ANONYMOUS, withStanding } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'

const API_AUDIENCES = [ISSUER]

/**
 * Who sends a request: by its client certificate (CN is the user, O its groups) or bearer token, the anonymous user
 * where it brings neither; undefined where what it brings is worth nothing.
 */
export function userOf(
  request: IncomingMessage,
  authenticateToken: TokenAuthenticator,
): UserInfo | undefined | Promise<UserInfo | undefined> {
  // The server listens with TLS only.
  const socket = request.socket as TLSSocket
  const caller = callersBySocket.get(socket) ?? firstSeen(socket)
  const again = caller.ofCertificate ? undefined : sameAgain(caller, request)
  if (again) return again
  const token = bearerTokenOf(request)
  if (caller.ofCertificate) return caller.ofCertificate
  if (token !== undefined) return userOfToken(token, { caller, request, authenticateToken })
  return showsUnknownCertificate(socket) ? undefined : ANONYMOUS
}

/** Whether a client shows a certificate that nobody here vouches for: that is no way to be anonymous. */
const showsUnknownCertificate = (socket: TLSSocket): boolean =>
  !socket.authorized && socket.getPeerCertificate().subject !== undefined

interface Asking {
  caller: Caller
  request: IncomingMessage
  authenticateToken: TokenAuthenticator
}

async function userOfToken(token: string, { caller, request, authenticateToken }: Asking) {
  const verdict = await authenticateToken(token, API_AUDIENCES)
  if (!verdict || !('user' in verdict)) return undefined
  const { user, isLasting } = verdict
  const { authorization } = request.headers
  if (isLasting && authorization) caller.ofToken = { authorization: Buffer.from(authorization), user }
  return user
}

/** Nearly every request of a connection brings what the one before has brought. */
function sameAgain({ ofToken }: Caller, { headers }: IncomingMessage): UserInfo | undefined {
  if (!ofToken || !headers.authorization || headers['sec-websocket-protocol'] !== undefined) return undefined
  const given = Buffer.from(headers.authorization)
  // Several clients may share a connection, through a proxy: how far they guess right must not be felt.
  const isSame =
    given.length === ofToken.authorization.length && timingSafeEqual(given, ofToken.authorization)
  return isSame ? ofToken.user : undefined
}

/** What a browser offers among WebSocket subprotocols, since it cannot send an Authorization header. */
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'

function bearerTokenOf({ headers }: IncomingMessage): string | undefined {
  const offered = headers['sec-websocket-protocol'] === undefined ? undefined : takeOfferedToken(headers)
  const [scheme, token] = (headers.authorization ?? '').trim().split(/\s+/, 2)
  return scheme?.toLowerCase() === 'bearer' && token ? token : offered
}

/** The token among the sub-protocols, which it is taken from: neither a backend nor a log is to see it. */
function takeOfferedToken(headers: IncomingHttpHeaders): string | undefined {
  const all = (headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
  const [carrier] = all.filter(name => name.startsWith(BEARER_PROTOCOL))
  if (carrier === undefined) return undefined
  headers['sec-websocket-protocol'] = all.filter(name => !name.startsWith(BEARER_PROTOCOL)).join(', ')
  return Buffer.from(carrier.slice(BEARER_PROTOCOL.length), 'base64url').toString()
}

/** What is known of a connection's client. */
interface Caller {
  /** What its certificate says, found out once. */
  readonly ofCertificate: UserInfo | undefined
  /** The last lasting token that it sent, as the header has it, and whose that is. */
  ofToken: { authorization: Buffer; user: UserInfo } | undefined
}

const callersBySocket = new WeakMap<TLSSocket, Caller>()

function firstSeen(socket: TLSSocket): Caller {
  const caller: Caller = { ofCertificate: userOfCertificate(socket), ofToken: undefined }
  callersBySocket.set(socket, caller)
  return caller
}

function userOfCertificate(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined
  const { subject, raw } = socket.getPeerCertificate()
  // The types differ between releases: several organisations come as a list.
  const organisations: unknown = subject?.O
  if (!subject?.CN) return undefined
  const username = String(subject.CN)
  const fingerprint = createHash('sha256').update(raw).digest('hex')
  return {
    username,
    groups: withStanding([organisations ?? []].flat().map(String), username),
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  }
}
