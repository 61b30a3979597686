// CPU per request of the gateway against nginx and haproxy, keep-alive GETs of 1 KB, all in one run.
// Usage: npm run build && node tools/bench/gateway.mjs [SECONDS] [CONNECTIONS]
// Measures the built program (dist/main.js, or the file in DRAVE_MAIN) and the data plane alone.
// Needs nginx (upstream and peer) and wrk; haproxy is measured when it is installed
// (Debian: apt-get install nginx-light haproxy wrk).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const ROUNDS = 3
const GENERATOR = 'wrk'
const seconds = Number(process.argv[2] ?? 4)
const connections = Number(process.argv[3] ?? 50)
const has = program => spawnSync('which', [program]).status === 0
for (const program of ['nginx', GENERATOR])
  if (!has(program)) {
    console.error(`${program} is not installed; on Debian: apt-get install nginx-light haproxy wrk`)
    process.exit(2)
  }

const folder = mkdtempSync(join(tmpdir(), 'drave-bench-gateway-'))
const started = []
const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100

/** Processor time of a process and its children so far, in microseconds. */
function cpuMicros(pid) {
  const pids = [pid, ...childrenOf(pid)]
  let ticks = 0
  for (const each of pids) {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1].split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return (ticks / ticksPerSecond) * 1e6
}
function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}
const memoryMb = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

async function answers(port) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/1k`)
      if (response.ok && (await response.text()).length === 1024) return
    } catch {}
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`nothing serves /1k on port ${port}`)
}
function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(child)
  return child
}
async function nginx(name, port, server, extra = '') {
  const dir = join(folder, name)
  mkdirSync(dir)
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; keepalive_requests 1000000000; ${extra}
server { listen 127.0.0.1:${port}; ${server} } }`,
  )
  const child = start('nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir, '-e', join(dir, 'error.log')])
  await answers(port)
  return { port, pid: child.pid }
}
async function haproxy(port, upstream) {
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:${port}
  default_backend up
backend up
  server one 127.0.0.1:${upstream}
`,
  )
  const child = start('haproxy', ['-f', file, '-db'])
  await answers(port)
  return { port, pid: child.pid }
}
const nodeFlags = (process.env.NODE_FLAGS ?? '').split(' ').filter(Boolean)

/** The data plane alone, with a fixed route. */
async function dataPlane(upstream, mode) {
  const child = start(process.execPath, [...nodeFlags, join(folder, 'harness.mjs'), String(upstream), mode])
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the harness ended')))
    child.stdout.once('data', text => resolve(Number(/listening (\d+)/.exec(text)[1])))
  })
  await answers(port)
  return { port, pid: child.pid }
}

/** The whole program, with its routes out of manifests: one for any host, one with weights for `sticky`. */
async function drave(main, upstream) {
  const manifests = join(folder, 'manifests')
  const data = join(folder, 'data')
  mkdirSync(manifests)
  const service = name => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec: { ports: [{ name: http, port: 80, targetPort: ${upstream} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: default, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: ${upstream}, protocol: TCP }]
endpoints: [{ addresses: [127.0.0.1], conditions: { ready: true } }]
`
  writeFileSync(
    join(manifests, 'all.yaml'),
    `${service('stable')}---
${service('canary')}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: bench, namespace: default }
spec: { gatewayClassName: drave, listeners: [{ name: http, port: 8080, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: plain, namespace: default }
spec: { parentRefs: [{ name: bench }], rules: [{ backendRefs: [{ name: stable, port: 80 }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: sticky, namespace: default }
spec:
  parentRefs: [{ name: bench }]
  hostnames: [sticky]
  rules: [{ backendRefs: [{ name: stable, port: 80, weight: 90 }, { name: canary, port: 80, weight: 10 }] }]
`,
  )
  const child = start(process.execPath, [
    ...nodeFlags,
    main,
    ...['up', manifests, '--data-dir', data, '--ephemeral-ports', '--no-console'],
  ])
  child.stdout.resume()
  for (let attempt = 0; attempt < 200; attempt++) {
    await new Promise(resolve => setTimeout(resolve, 50))
    const file = join(data, 'endpoints.json')
    const url = existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).gateway
    if (!url) continue
    const port = Number(new URL(url).port)
    await answers(port)
    return { port, pid: child.pid }
  }
  throw new Error('the stack published no gateway')
}

/** Loads the port for a while; resolves to requests served and errors. */
function load(port, forSeconds, headers = []) {
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}/1k`
    const args = [
      '-t1',
      `-c${connections}`,
      `-d${forSeconds}s`,
      '--latency',
      ...headers.flatMap(header => ['-H', header]),
      url,
    ]
    const child = spawn(GENERATOR, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.on('error', reject)
    child.on('exit', () => {
      const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? 0)
      const failed = /Non-2xx|Socket errors/.test(text)
      const p99 = /99%\s+(\S+)/.exec(text)?.[1] ?? '?'
      resolve({ requests, failed, p99 })
    })
  })
}
const subjects = []
/** Loads every subject in turns, several rounds, so that what disturbs the machine meets all; the best round counts. */
async function measureAll() {
  for (let round = 0; round < ROUNDS; round++)
    for (const subject of subjects) {
      const { port, pid, headers } = subject
      await load(port, 1, headers)
      const before = cpuMicros(pid)
      const { requests, failed, p99 } = await load(port, seconds, headers)
      const micros = (cpuMicros(pid) - before) / requests
      if (failed) subject.failed = true
      if (micros >= (subject.micros ?? Number.POSITIVE_INFINITY)) continue
      Object.assign(subject, { micros, p99, rate: Math.round(requests / seconds), memory: memoryMb(pid) })
    }
  for (const { name, micros, rate, p99, memory, failed } of subjects)
    console.log(
      `${name.padEnd(28)} ${micros.toFixed(1).padStart(6)} µs CPU/request  ${String(rate).padStart(7)} requests/s  p99 ${p99.padStart(8)}  ${memory.toFixed(0).padStart(4)} MB${failed ? '  WITH ERRORS' : ''}`,
    )
}

try {
  const bundle = await rolldown({
    input: new URL('./gateway-harness.mjs', import.meta.url).pathname,
    platform: 'node',
    external: ['prom-client', 'pino'],
    logLevel: 'silent',
  })
  // Beside node_modules, so that what is not bundled is found.
  const outside = new URL('../../node_modules', import.meta.url).pathname
  await bundle.write({ file: join(folder, 'harness.mjs'), format: 'esm' })
  spawnSync('ln', ['-s', outside, join(folder, 'node_modules')])

  const up = await freePort()
  const body = 'x'.repeat(1024)
  await nginx('upstream', up, `location / { return 200 '${body}'; default_type text/plain; }`)
  const proxied = `location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection '';
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host; }`
  const pool = `upstream up { server 127.0.0.1:${up}; keepalive 256; keepalive_requests 1000000000; }`
  const sticky = ['Host: sticky', `Cookie: drave-session=${'0123456789abcdef'.repeat(2)}`]
  const add = (name, child, headers) => subjects.push({ name, ...child, headers })
  add('nginx', await nginx('peer', await freePort(), proxied, pool))
  if (has('haproxy')) add('haproxy', await haproxy(await freePort(), up))
  const peers = [...subjects]
  const main = process.env.DRAVE_MAIN ?? new URL('../../dist/main.js', import.meta.url).pathname
  if (existsSync(main)) {
    const program = await drave(main, up)
    add('drave', program)
    add('drave, sticky weights', program, sticky)
  } else console.log(`${main} is not there (npm run build): only the data plane is measured`)
  add('data plane alone', await dataPlane(up, 'plain'))
  add('data plane, sticky weights', await dataPlane(up, 'weighted'), sticky)
  await measureAll()
  for (const { name, micros } of subjects.slice(peers.length))
    console.log(peers.map(peer => `${name} / ${peer.name}: ${(micros / peer.micros).toFixed(2)}`).join('   '))
} finally {
  const ended = started.map(
    child => new Promise(resolve => (child.exitCode === null ? child.once('exit', resolve) : resolve())),
  )
  for (const child of started) child.kill('SIGTERM')
  await Promise.all(ended)
  rmSync(folder, { recursive: true, force: true })
}
