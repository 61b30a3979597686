// The API server of the built program over TLS, with every write on disk before its answer.
//   node tools/bench/apiserver.mjs [--seconds 3] [--objects 100000]
// Peer: kube-apiserver with etcd, when KUBE_APISERVER and ETCD name their binaries; both are measured in the same run,
// by the same client.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPeer } from './kube-apiserver-peer.mjs'
import { TlsClient } from './tls-client.mjs'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, objects: { type: 'string', default: '100000' } },
})
const seconds = Number(values.seconds)
const manyObjects = Number(values.objects)
const LISTED = 5400
const PODS = 5000
const WATCHERS = 1000

const main = new URL('../../dist/main.js', import.meta.url).pathname
const base = '/api/v1/namespaces/default'
const text = 'x'.repeat(1800)
const configMap = name =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } })
const pod = name =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench' } },
    spec: { containers: [{ name: 'main', image: 'example.com/bench' }] },
  })
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor(list.length * q)]
const residentMb = pid =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
const cpuSeconds = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}

/** Starts the API server of the built program alone. */
async function up(dataDir) {
  const started = performance.now()
  const args = [main, 'up', '--only', 'apiserver', '--ephemeral-ports', '--data-dir', dataDir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`drave up ended with ${code}`)))
    child.stdout.on('data', chunk => String(chunk).includes('Ready.') && resolve())
  })
  const readyMs = performance.now() - started
  const { kubernetes } = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8'))
  return {
    readyMs,
    pid: child.pid,
    pids: [child.pid],
    port: Number(new URL(kubernetes).port),
    token: readFileSync(join(dataDir, 'token'), 'utf8').trim(),
    stop: () =>
      new Promise(resolve => {
        child.removeAllListeners('exit')
        child.once('exit', resolve)
        child.kill('SIGTERM')
      }),
  }
}

/**
 * Requests a second from a number of clients that each wait for their answer, and the server's CPU time for each: the
 * figure that other work on the machine changes least.
 */
async function rate(server, count, perform) {
  const clients = await Promise.all(Array.from({ length: count }, () => TlsClient.open(server)))
  const cpu = () => server.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const cpuBefore = cpu()
  const until = performance.now() + seconds * 1000
  const started = performance.now()
  let done = 0
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = 0; performance.now() < until; turn++) {
        const { code } = await perform(client, `${count}-${index}-${turn}`)
        if (code >= 300) throw new Error(`HTTP ${code}`)
        done++
      }
    }),
  )
  const perSecond = done / ((performance.now() - started) / 1000)
  const cpuMs = ((cpu() - cpuBefore) * 1000) / done
  for (const client of clients) client.close()
  return { perSecond, cpuMs }
}

/** Creates so many objects from 64 clients. */
async function fill(server, count, create) {
  const clients = await Promise.all(Array.from({ length: 64 }, () => TlsClient.open(server)))
  let next = 0
  await Promise.all(
    clients.map(async client => {
      while (next < count) {
        const { code, body } = await create(client, next++)
        if (code !== 201) throw new Error(`HTTP ${code}: ${body}`)
      }
    }),
  )
  for (const client of clients) client.close()
}

async function timed(times, work) {
  const durations = []
  for (let time = 0; time < times; time++) {
    const started = performance.now()
    await work()
    durations.push(performance.now() - started)
  }
  return quantile(durations, 0.5)
}

/** From sending a write to its event, while nothing else goes on. */
async function writeToWatch(server) {
  const [writer, watcher] = [await TlsClient.open(server), await TlsClient.open(server)]
  let seen = () => {}
  watcher.watch(`${base}/configmaps?watch=true&fieldSelector=metadata.name%3Dwatched`, chunk => seen(chunk))
  await sleep(300)
  await writer.call('POST', `${base}/configmaps`, configMap('watched'))
  const durations = []
  for (let turn = 0; turn < 200; turn++) {
    const event = new Promise(resolve => {
      seen = chunk => chunk.includes(`"turn":"${turn}"`) && resolve()
    })
    const started = performance.now()
    const patch = `{"metadata":{"labels":{"turn":"${turn}"}}}`
    const answer = writer.call('PATCH', `${base}/configmaps/watched`, patch)
    await event
    durations.push(performance.now() - started)
    await answer
  }
  writer.close()
  watcher.close()
  return quantile(durations, 0.5)
}

/** From sending a write until each of many watches of one kind has its event. */
async function fanOut(server) {
  const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => TlsClient.open(server)))
  let missing = 0
  let name = ''
  let all = () => {}
  for (const watcher of watchers)
    watcher.watch('/api/v1/namespaces/kube-public/configmaps?watch=true', chunk => {
      if (chunk.includes(name) && --missing === 0) all()
    })
  const writer = await TlsClient.open(server)
  await sleep(2000)
  const durations = []
  for (let turn = 0; turn < 20; turn++) {
    missing = WATCHERS
    name = `"name":"fan-${turn}"`
    const everywhere = new Promise(resolve => {
      all = resolve
    })
    const started = performance.now()
    await writer.call('POST', '/api/v1/namespaces/kube-public/configmaps', configMap(`fan-${turn}`))
    await everywhere
    durations.push(performance.now() - started)
    await sleep(50)
  }
  for (const client of [...watchers, writer]) client.close()
  return quantile(durations, 0.5)
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

async function measure(server) {
  const seen = {}
  const rated = async (what, clients, perform) => {
    const { perSecond, cpuMs } = await rate(server, clients, perform)
    seen[`${what}, ${clients} clients, /s`] = perSecond
    seen[`${what}, ${clients} clients, CPU ms each`] = cpuMs
  }
  for (const clients of [1, 16, 64])
    await rated('creates of 2 KB', clients, (client, name) =>
      client.call('POST', `${base}/configmaps`, configMap(`c-${name}`)),
    )
  for (const clients of [1, 16])
    await rated('gets', clients, client => client.call('GET', `${base}/configmaps/c-1-0-0`))
  await fill(server, LISTED, (client, index) =>
    client.call('POST', '/api/v1/namespaces/kube-system/configmaps', configMap(`l-${index}`)),
  )
  const client = await TlsClient.open(server)
  seen[`list of ${LISTED} objects, ms`] = await timed(7, () =>
    client.call('GET', '/api/v1/namespaces/kube-system/configmaps'),
  )
  await fill(server, PODS, (one, index) => one.call('POST', `${base}/pods`, pod(`p-${index}`)))
  seen[`Table of ${PODS} pods, ms`] = await timed(7, () =>
    client.call('GET', `${base}/pods`, undefined, `Accept: ${TABLE}\r\n`),
  )
  client.close()
  seen['write to watch, p50 ms'] = await writeToWatch(server)
  seen[`an event to ${WATCHERS} watches, ms`] = await fanOut(server)
  return seen
}

const folder = mkdtempSync(join(tmpdir(), 'drave-bench-'))
try {
  const server = await up(join(folder, 'a'))
  console.log(
    `empty: Ready after ${server.readyMs.toFixed(0)} ms, ${residentMb(server.pid).toFixed(0)} MB (goals 500 ms, 120 MB)`,
  )
  await sleep(2000)
  const before = cpuSeconds(server.pid)
  await sleep(5000)
  console.log(`idle: ${(((cpuSeconds(server.pid) - before) / 5) * 100).toFixed(1)} % of a core (goal 1 %)`)
  const ours = await measure(server)
  await server.stop()
  const peer = await startPeer()
  const theirs = peer && (await measure(peer))
  await peer?.stop()
  if (!peer) console.log('peer: kube-apiserver and etcd were not given (KUBE_APISERVER, ETCD): no ratios')
  for (const [name, value] of Object.entries(ours)) {
    const other = theirs?.[name]
    const ratio = other === undefined ? '' : `  peer ${other.toFixed(2)}, ratio ${(value / other).toFixed(2)}`
    console.log(`${name}: ${value.toFixed(2)}${ratio}`)
  }
  if (manyObjects > 0) {
    const many = join(folder, 'b')
    const first = await up(many)
    await fill(first, manyObjects, (client, index) =>
      client.call('POST', `${base}/configmaps`, configMap(`m-${index}`)),
    )
    const afterWrites = residentMb(first.pid)
    await first.stop()
    const again = await up(many)
    await sleep(2000)
    console.log(
      `${manyObjects} objects of 2 KB: Ready after ${again.readyMs.toFixed(0)} ms, ${residentMb(again.pid).toFixed(0)} MB; ${afterWrites.toFixed(0)} MB after writing them (goals 5000 ms, 600 MB)`,
    )
    await again.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
