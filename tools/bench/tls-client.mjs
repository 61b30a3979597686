// A client that costs little beside the servers it measures: HTTP/1.1 over one TLS connection, one request at a time.
import { connect } from 'node:tls'

const JSON_ONLY = 'Accept: application/json\r\n'
const typeOf = method => (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json')

export class TlsClient {
  #socket
  #requestHead
  /** What has come of the answer, and what its head says of its length; undefined: it is chunked. */
  #chunks = []
  #received = 0
  #head
  #headBytes = 0
  #expected
  #waiting
  #watching

  /** Resolves to a client of `{ port, token }` on loopback. */
  static open({ port, token }) {
    return new Promise((resolve, reject) => {
      const client = new TlsClient()
      client.#requestHead = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(client))
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.on('data', chunk => client.#take(chunk))
      client.#socket = socket
    })
  }

  /** Resolves to the status and the body's bytes. */
  call(method, path, body, headers = JSON_ONLY, type = typeOf(method)) {
    const content = body === undefined ? '' : body
    const length =
      body === undefined ? '' : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#requestHead}${headers}${length}\r\n${content}`)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** Calls back for every chunk of an answer that does not end. */
  watch(path, onChunk, headers = JSON_ONLY) {
    this.#watching = onChunk
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#requestHead}${headers}\r\n`)
  }

  close() {
    this.#socket.destroy()
  }

  #take(chunk) {
    if (this.#watching) {
      this.#watching(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#head === undefined && !this.#readHead()) return
    const isWhole =
      this.#expected === undefined ? this.#endsChunked() : this.#received >= this.#headBytes + this.#expected
    if (isWhole) this.#done()
  }

  /** The head, once it is whole. */
  #readHead() {
    const [first] = this.#chunks.length === 1 ? this.#chunks : [Buffer.concat(this.#chunks)]
    const end = first.indexOf('\r\n\r\n')
    if (end < 0) return false
    this.#head = first.toString('latin1', 0, end)
    this.#headBytes = end + 4
    const length = /content-length: (\d+)/i.exec(this.#head)
    this.#expected = length ? Number(length[1]) : undefined
    return true
  }

  /** Whether the last chunk of a chunked body has come. */
  #endsChunked() {
    const last = this.#chunks.at(-1)
    const tail =
      last.length >= LAST_CHUNK.length ? last : Buffer.concat(this.#chunks.slice(-LAST_CHUNK.length))
    return tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
  }

  #done() {
    const code = Number(this.#head.slice(9, 12))
    const chunks = this.#chunks
    const headBytes = this.#headBytes
    this.#chunks = []
    this.#received = 0
    this.#head = undefined
    // Joined only for who looks: joining a long answer would be charged to its server.
    this.#waiting.resolve({
      code,
      get body() {
        return Buffer.concat(chunks).subarray(headBytes)
      },
    })
  }
}
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')
