import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { AUTHENTICATED } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

const ADMIN: UserInfo = { username: 'drave-admin', groups: ['system:masters', AUTHENTICATED] }

/** Recognises the administrator's token in constant time, then whatever `others` knows. */
export function tokenAuthenticator(
  adminToken: string,
  others: (token: string) => UserInfo | undefined,
): (token: string) => UserInfo | undefined {
  const expected = digest(adminToken)
  return token => (timingSafeEqual(digest(token), expected) ? ADMIN : others(token))
}

/** Who sends a request: by its client certificate (CN is the user, O its groups) or bearer token. */
export function userOf(
  request: IncomingMessage,
  authenticateToken: (token: string) => UserInfo | undefined,
): UserInfo | undefined {
  // The server listens with TLS only.
  const socket = request.socket as TLSSocket
  const known = usersBySocket.get(socket) ?? userOfCertificate(socket)
  usersBySocket.set(socket, known)
  if (known) return known
  const [scheme, token] = (request.headers.authorization ?? '').split(' ', 2)
  return scheme?.toLowerCase() === 'bearer' && token ? authenticateToken(token) : undefined
}

/** What a connection's certificate says, found out once. */
const usersBySocket = new WeakMap<TLSSocket, UserInfo | undefined>()

function userOfCertificate(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  // The types differ between releases: several organisations come as a list.
  const organisations: unknown = subject?.O
  if (!subject?.CN) return undefined
  return {
    username: String(subject.CN),
    groups: [...[organisations ?? []].flat().map(String), AUTHENTICATED],
  }
}
