// Time from starting the built program to `Ready.`, and its memory when idle.
//   node tools/bench/startup.mjs [--runs 5] [--objects 5000] [--only apiserver]
// Peer: kube-apiserver with etcd, when KUBE_APISERVER and ETCD name their binaries; both are started in the same run.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPeer } from './kube-apiserver-peer.mjs'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    objects: { type: 'string', default: '5000' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log('usage: node tools/bench/startup.mjs [--runs N] [--objects N] [--only CAPABILITIES]')
  process.exit(0)
}
const runs = Number(values.runs)
const objects = Number(values.objects)
const only = values.only ? ['--only', values.only] : []
const main = new URL('../../dist/main.js', import.meta.url).pathname
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Starts `drave up` on a data directory; resolves at `Ready.` with the wall time since the spawn. */
async function up(dataDir) {
  const started = performance.now()
  const child = spawn(process.execPath, [main, 'up', '--ephemeral-ports', '--data-dir', dataDir, ...only], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const readyMs = await new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`drave up ended with ${code}`)))
    child.stdout.on('data', chunk => {
      output += chunk
      if (/^Ready\./m.test(output)) resolve(performance.now() - started)
    })
  })
  const stop = () =>
    new Promise(resolve => {
      child.removeAllListeners('exit')
      child.once('exit', resolve)
      child.kill('SIGTERM')
    })
  return { readyMs, pid: child.pid, stop }
}

const residentMb = pid =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
const cpuSeconds = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}

async function createObjects(dataDir, count) {
  const endpoints = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8'))
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
  const { Agent } = await import('node:https')
  const agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false })
  const create = index =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `bench-${index}` },
        data: { text: 'x'.repeat(1800) },
      })
      const outgoing = request(
        `${endpoints.kubernetes}/api/v1/namespaces/default/configmaps`,
        {
          method: 'POST',
          agent,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        response => {
          response.resume()
          response.on('end', () =>
            response.statusCode === 201 ? resolve() : reject(new Error(`HTTP ${response.statusCode}`)),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  const started = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (next < count) await create(next++)
    }),
  )
  agent.destroy()
  return count / ((performance.now() - started) / 1000)
}

const ready = []
const memory = []
const cpu = []
for (let run = 0; run < runs; run++) {
  const folder = mkdtempSync(join(tmpdir(), 'drave-bench-'))
  const stack = await up(join(folder, 'data'))
  ready.push(stack.readyMs)
  await sleep(3000)
  const before = cpuSeconds(stack.pid)
  await sleep(5000)
  cpu.push(((cpuSeconds(stack.pid) - before) / 5) * 100)
  memory.push(residentMb(stack.pid))
  await stack.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(
  `empty data directory: Ready after ${median(ready).toFixed(0)} ms (${ready.map(ms => ms.toFixed(0)).join(', ')}); goal 1000`,
)
console.log(
  `idle: ${median(memory).toFixed(0)} MB resident, ${median(cpu).toFixed(1)} % of a core; goal 180 MB`,
)

const folder = mkdtempSync(join(tmpdir(), 'drave-bench-'))
const dataDir = join(folder, 'data')
const first = await up(dataDir)
const rate = await createObjects(dataDir, objects)
await first.stop()
const again = []
for (let run = 0; run < runs; run++) {
  const stack = await up(dataDir)
  again.push(stack.readyMs)
  await stack.stop()
}
rmSync(folder, { recursive: true, force: true })
console.log(
  `${objects} stored objects: Ready after ${median(again).toFixed(0)} ms (${again.map(ms => ms.toFixed(0)).join(', ')}); goal 2000`,
)
console.log(`creates over TLS, 64 clients, on disk before the answer: ${rate.toFixed(0)}/s`)

const peer = await startPeer()
if (!peer) console.log('peer: kube-apiserver and etcd were not given (KUBE_APISERVER, ETCD): no ratio')
else {
  console.log(
    `kube-apiserver with etcd: ready after ${peer.readyMs.toFixed(0)} ms, ${peer.residentMb().toFixed(0)} MB`,
  )
  console.log(
    `ratio: start ${(median(ready) / peer.readyMs).toFixed(2)}, memory ${(median(memory) / peer.residentMb()).toFixed(2)}`,
  )
  await peer.stop()
}
