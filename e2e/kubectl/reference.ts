import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../drave.ts'

const TOKEN = 'reference-administrator'

/** Binaries of the real thing, named by KUBE_APISERVER, ETCD and KUBE_CONTROLLER_MANAGER; undefined where one is missing. */
function binaries(environment = process.env) {
  const { KUBE_APISERVER: apiserver, ETCD: etcd, KUBE_CONTROLLER_MANAGER: manager } = environment
  if (!apiserver || !etcd || !manager) return undefined
  return [apiserver, etcd, manager].every(path => existsSync(path)) ? { apiserver, etcd, manager } : undefined
}

export const hasReference = (): boolean => binaries() !== undefined

/** A real kube-apiserver with etcd and kube-controller-manager on loopback, to hold Drave's answers against. */
export class Reference implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'drave-reference-'))
  readonly kubeconfig = join(this.folder, 'kubeconfig')
  server = ''
  readonly #children: ChildProcess[] = []

  async start(): Promise<void> {
    const found = binaries()
    if (!found) throw new Error('KUBE_APISERVER, ETCD and KUBE_CONTROLLER_MANAGER name no reference')
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()]
    this.server = `https://127.0.0.1:${port}`
    const key = join(this.folder, 'sa.key')
    execFileSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' })
    const tokens = join(this.folder, 'tokens.csv')
    writeFileSync(tokens, `${TOKEN},drave-admin,drave-admin,system:masters\n`, { mode: 0o600 })
    writeFileSync(this.kubeconfig, this.#kubeconfigText(), { mode: 0o600 })
    const plain = (number: number) => `http://127.0.0.1:${number}`
    this.#spawn(found.etcd, [
      ...flag('data-dir', join(this.folder, 'etcd')),
      ...flag('listen-client-urls', plain(client)),
      ...flag('advertise-client-urls', plain(client)),
      ...flag('listen-peer-urls', plain(peer)),
      ...flag('initial-advertise-peer-urls', plain(peer)),
      ...flag('initial-cluster', `default=${plain(peer)}`),
    ])
    this.#spawn(found.apiserver, [
      ...flag('etcd-servers', plain(client)),
      ...flag('secure-port', String(port)),
      ...flag('bind-address', '127.0.0.1'),
      ...flag('cert-dir', join(this.folder, 'certs')),
      ...flag('service-account-issuer', 'https://kubernetes.default.svc'),
      ...flag('service-account-key-file', key),
      ...flag('service-account-signing-key-file', key),
      ...flag('authorization-mode', 'RBAC'),
      ...flag('token-auth-file', tokens),
      ...flag('service-cluster-ip-range', '10.0.0.0/16'),
    ])
    await until('the reference to be ready', () => this.#isReady(port), 90)
    this.#spawn(found.manager, [
      ...flag('kubeconfig', this.kubeconfig),
      ...flag('service-account-private-key-file', key),
      ...flag('use-service-account-credentials', 'false'),
      ...flag('leader-elect', 'false'),
      ...flag('secure-port', '0'),
    ])
  }

  #kubeconfigText(): string {
    const cluster = { server: this.server, 'insecure-skip-tls-verify': true }
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'reference', cluster }],
      users: [{ name: 'admin', user: { token: TOKEN } }],
      contexts: [{ name: 'reference', context: { cluster: 'reference', user: 'admin' } }],
      'current-context': 'reference',
    })
  }

  #spawn(program: string, args: readonly string[]): void {
    this.#children.push(spawn(program, args, { stdio: 'ignore' }))
  }

  #isReady(port: number): Promise<boolean> {
    return new Promise(resolve => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          path: '/readyz',
          rejectUnauthorized: false,
          headers: { authorization: `Bearer ${TOKEN}` },
        },
        response => {
          response.resume()
          resolve(response.statusCode === 200)
        },
      )
      outgoing.on('error', () => resolve(false))
      outgoing.end()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null) continue
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const flag = (name: string, value: string) => [`--${name}=${value}`]

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject()))
    })
  })
}
