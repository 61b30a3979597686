import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Descriptor } from '../layout.ts'

/** For tests: a registry of a few blobs on a loopback port, that asks for a token or a password if told to. */
export class TestRegistry implements AsyncDisposable {
  readonly requests: string[] = []
  readonly #server: Server
  readonly #blobs = new Map<string, Buffer>()
  readonly #tags = new Map<string, { type: string; bytes: Buffer }>()
  /** Asked of whoever comes: nothing, a password, or a token that is had for the password. */
  auth: 'none' | 'basic' | 'token' = 'none'
  /** The first transfer of a blob ends after so many bytes. */
  breakAfter: number | undefined

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`)
      const { status, headers = {}, body = Buffer.alloc(0), cut } = this.#answer(request)
      response.writeHead(status, { ...headers, 'Content-Length': body.length })
      if (cut === undefined) response.end(body)
      else response.write(body.subarray(0, cut), () => response.socket?.end())
    })
  }

  async start(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get host(): string {
    // Listening on TCP, so the address is an object.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  blob(bytes: Buffer, mediaType: string): Descriptor {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    this.#blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }

  /** Keeps a manifest or index under a tag, and under its digest. */
  manifest(path: string, tag: string, content: { mediaType: string }): Descriptor {
    const bytes = Buffer.from(JSON.stringify(content))
    const descriptor = this.blob(bytes, content.mediaType)
    for (const name of [tag, descriptor.digest])
      this.#tags.set(`${path}/${name}`, { type: content.mediaType, bytes })
    return descriptor
  }

  /** Spoils what a blob holds. */
  spoil(digest: string): void {
    this.#blobs.set(digest, Buffer.alloc(this.#blobs.get(digest)?.length ?? 0))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage): {
    status: number
    headers?: Record<string, string>
    body?: Buffer
    cut?: number
  } {
    const url = new URL(request.url ?? '/', `http://${this.host}`)
    const given = request.headers.authorization
    const basic = `Basic ${Buffer.from('ada:secret').toString('base64')}`
    if (url.pathname === '/token')
      return given === basic
        ? { status: 200, body: Buffer.from('{"token":"good"}') }
        : { status: 401, body: Buffer.from('{"errors":[{"code":"DENIED","message":"who are you"}]}') }
    const wanted = { none: undefined, basic, token: 'Bearer good' }[this.auth]
    if (wanted !== undefined && given !== wanted)
      return {
        status: 401,
        headers: {
          'WWW-Authenticate':
            this.auth === 'basic'
              ? 'Basic realm="x"'
              : `Bearer realm="http://${this.host}/token",service="test"`,
        },
      }
    const [, path = '', kind, name = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? []
    const manifest = kind === 'manifests' ? this.#tags.get(`${path}/${name}`) : undefined
    if (manifest) return { status: 200, headers: { 'Content-Type': manifest.type }, body: manifest.bytes }
    const blob = kind === 'blobs' ? this.#blobs.get(name) : undefined
    if (!blob)
      return {
        status: 404,
        body: Buffer.from('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not here"}]}'),
      }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const cut = this.breakAfter
    this.breakAfter = undefined
    const body = blob.subarray(start)
    return { status: start > 0 ? 206 : 200, body, ...(cut === undefined ? {} : { cut }) }
  }
}
