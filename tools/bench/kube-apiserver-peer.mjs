// kube-apiserver with etcd on free loopback ports, as envtest runs them: KUBE_APISERVER and ETCD name the binaries.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Starts both and waits for /readyz; undefined when a binary is not named. */
export async function startPeer() {
  const { KUBE_APISERVER, ETCD } = process.env
  if (!KUBE_APISERVER || !ETCD) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'drave-peer-'))
  const [client, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const key = join(folder, 'sa.key')
  execFileSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' })
  const tokens = join(folder, 'tokens.csv')
  const token = randomBytes(16).toString('hex')
  writeFileSync(tokens, `${token},bench,1,system:masters\n`, { mode: 0o600 })
  const started = performance.now()
  const url = number => `http://127.0.0.1:${number}`
  const etcd = spawn(
    ETCD,
    [
      '--data-dir',
      join(folder, 'etcd'),
      '--listen-client-urls',
      url(client),
      '--advertise-client-urls',
      url(client),
      '--listen-peer-urls',
      url(peerPort),
      '--initial-advertise-peer-urls',
      url(peerPort),
      '--initial-cluster',
      `default=${url(peerPort)}`,
    ],
    { stdio: 'ignore' },
  )
  const server = spawn(
    KUBE_APISERVER,
    [
      '--etcd-servers',
      url(client),
      '--secure-port',
      String(port),
      '--bind-address',
      '127.0.0.1',
      '--cert-dir',
      join(folder, 'certs'),
      '--service-account-issuer',
      'https://localhost',
      '--service-account-key-file',
      key,
      '--service-account-signing-key-file',
      key,
      '--authorization-mode',
      'RBAC',
      '--token-auth-file',
      tokens,
      // No controller here makes service accounts and their tokens, which pods would wait for.
      '--disable-admission-plugins',
      'ServiceAccount',
      '--service-cluster-ip-range',
      '10.0.0.0/24',
    ],
    { stdio: 'ignore' },
  )
  // A benchmark that fails or is told to stop takes them along; what is killed outright cannot.
  const end = () => {
    for (const child of [server, etcd]) child.kill('SIGKILL')
  }
  const endAndExit = () => {
    end()
    process.exit(1)
  }
  process.once('exit', end)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, endAndExit)
  const ready = () =>
    new Promise(resolve => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          path: '/readyz',
          rejectUnauthorized: false,
          headers: { authorization: `Bearer ${token}` },
        },
        response => {
          response.resume()
          resolve(response.statusCode === 200)
        },
      )
      outgoing.on('error', () => resolve(false))
      outgoing.end()
    })
  for (let attempt = 0; !(await ready()); attempt++) {
    if (attempt > 600) throw new Error('kube-apiserver did not become ready in 60 s')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const readyMs = performance.now() - started
  const mb = pid => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  return {
    port,
    token,
    pids: [etcd.pid, server.pid],
    readyMs,
    residentMb: () => mb(etcd.pid) + mb(server.pid),
    async stop() {
      process.off('exit', end)
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, endAndExit)
      for (const child of [server, etcd]) {
        const ended = new Promise(resolve => child.once('exit', resolve))
        child.kill('SIGKILL')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
