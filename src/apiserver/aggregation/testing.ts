import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../lib/clock.ts'
import { makeAuthority, makeLeaf } from '../http/certificates.ts'

/** What an extension server was asked. */
export interface Seen {
  path: string
  headers: IncomingMessage['headers']
  /** The common name of the client's certificate, where the front-proxy authority vouches for it. */
  certificate: string | undefined
}

type Reply = (request: IncomingMessage, response: ServerResponse) => void

interface Parts {
  clock: Clock
  /** The names in its certificate. */
  names: readonly string[]
  /** Whose client certificates it asks for, in PEM. */
  frontProxy: string
  /** By path without query; 404 for any other. */
  replies: Record<string, Reply>
}

/** For tests: an extension server on a free port. */
export async function startExtension({ clock, names, frontProxy, replies }: Parts) {
  const authority = makeAuthority(clock)
  const { certificate: cert, key } = makeLeaf(authority, clock, { subject: [['CN', 'extension']], names })
  const seen: Seen[] = []
  const options = { key, cert, ca: frontProxy, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    const { url = '', headers } = request
    const socket = request.socket as TLSSocket
    const certificate = socket.authorized ? socket.getPeerCertificate().subject.CN : undefined
    seen.push({ path: url, headers, certificate: certificate && String(certificate) })
    const reply = replies[url.split('?', 1)[0] ?? '']
    if (reply) reply(request, response)
    else response.writeHead(404).end('404 page not found\n')
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    server,
    seen,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** For tests: answers with JSON. */
export const json =
  (body: unknown, contentType = 'application/json'): Reply =>
  (_request, response) => {
    response.setHeader('content-type', contentType)
    response.end(JSON.stringify(body))
  }
