import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there is no etcd to test with; undefined where there is one. */
export function etcdMissing(): string | undefined {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch (error) {
    return `no etcd in PATH (${(error as NodeJS.ErrnoException).code}); Debian has it in etcd-server`
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      // Listening on TCP, it has an address.
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** PEM texts: the authority of both sides, the server's certificate, and that of a client. */
export interface EtcdTls {
  ca: string
  cert: string
  key: string
  clientCert: string
  clientKey: string
}

/** An etcd of one member in a folder of its own. */
export class EtcdServer implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'drave-etcd-'))
  readonly url: string
  readonly #peerUrl: string
  #process: ChildProcess | undefined

  readonly #tls: EtcdTls | undefined

  private constructor(port: number, peerPort: number, tls: EtcdTls | undefined) {
    this.url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
    this.#peerUrl = `http://127.0.0.1:${peerPort}`
    this.#tls = tls
    for (const [name, content] of Object.entries(tls ?? {}))
      writeFileSync(this.file(name), content, { mode: 0o600 })
  }

  /** With `tls` it lets in only clients with a certificate of the authority. */
  static async start(tls?: EtcdTls): Promise<EtcdServer> {
    const server = new EtcdServer(await freePort(), await freePort(), tls)
    await server.restart()
    return server
  }

  /** Where one of the PEM texts of `tls` is kept. */
  file(name: string): string {
    return join(this.#folder, `${name}.pem`)
  }

  /** Starts it on the same ports and data, and waits until it answers. */
  async restart(): Promise<void> {
    await this.kill()
    const flags = {
      'data-dir': join(this.#folder, 'data'),
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': this.#peerUrl,
      'initial-advertise-peer-urls': this.#peerUrl,
      'initial-cluster': `default=${this.#peerUrl}`,
      ...(this.#tls
        ? {
            'cert-file': this.file('cert'),
            'key-file': this.file('key'),
            'trusted-ca-file': this.file('ca'),
            'client-cert-auth': 'true',
          }
        : {}),
    }
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    this.#process = spawn('etcd', args, { stdio: 'ignore' })
    for (let tries = 0; tries < 200; tries++) {
      if (await this.#isHealthy()) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('etcd did not become healthy within 10 s')
  }

  /** Starts it again where a test that failed has left it dead. */
  async revive(): Promise<void> {
    if (!(await this.#isHealthy())) await this.restart()
  }

  async #isHealthy(): Promise<boolean> {
    const url = `${this.url}/health`
    if (!this.#tls) return (await fetch(url).catch(() => undefined))?.ok ?? false
    const { ca, clientCert: cert, clientKey: key } = this.#tls
    return new Promise(resolve => {
      request(url, { ca, cert, key }, answer => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
        .on('error', () => resolve(false))
        .end()
    })
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
