// A client that costs little beside the servers it measures: HTTP/1.1 over one TLS connection, one request at a time.
import { connect } from 'node:tls'

export class TlsClient {
  #socket
  #head
  #buffer = Buffer.alloc(0)
  #waiting
  #watching

  /** Resolves to a client of `{ port, token }` on loopback. */
  static open({ port, token }) {
    return new Promise((resolve, reject) => {
      const client = new TlsClient()
      client.#head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(client))
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.on('data', chunk => client.#take(chunk))
      client.#socket = socket
    })
  }

  /** Resolves to the status and the body's bytes. */
  call(method, path, body, headers = 'Accept: application/json\r\n') {
    const content = body === undefined ? '' : body
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const length =
      body === undefined ? '' : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#head}${headers}${length}\r\n${content}`)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** Calls back for every chunk of an answer that does not end. */
  watch(path, onChunk, headers = 'Accept: application/json\r\n') {
    this.#watching = onChunk
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#head}${headers}\r\n`)
  }

  close() {
    this.#socket.destroy()
  }

  #take(chunk) {
    if (this.#watching) {
      this.#watching(chunk)
      return
    }
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    const end = this.#buffer.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#buffer.toString('latin1', 0, end)
    const length = /content-length: (\d+)/i.exec(head)
    if (length) {
      const total = end + 4 + Number(length[1])
      if (this.#buffer.length >= total) this.#done(head, this.#buffer.subarray(end + 4, total))
      // The last bytes of a chunked body.
    } else if (this.#buffer.subarray(-7).equals(LAST_CHUNK)) this.#done(head, this.#buffer.subarray(end + 4))
  }

  #done(head, body) {
    this.#buffer = Buffer.alloc(0)
    const { resolve } = this.#waiting
    resolve({ code: Number(head.slice(9, 12)), body })
  }
}
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')
