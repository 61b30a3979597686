// The API server of the built program over TLS, with every write on disk before its answer.
//   node tools/bench/apiserver.mjs [--seconds 3] [--objects 100000]
// Peer: kube-apiserver with etcd, when KUBE_APISERVER and ETCD name their binaries; both are measured in the same run,
// by the same client. Prints one table for docs/performance.md, in about five minutes; fails only where a server does.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inProcessCreates } from './in-process.mjs'
import { startPeer } from './kube-apiserver-peer.mjs'
import { cpuOf, fill, median, rate, residentMb, timed } from './load.mjs'
import { TlsClient } from './tls-client.mjs'
import { measureVerbs } from './verbs.mjs'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, objects: { type: 'string', default: '100000' } },
})
const seconds = Number(values.seconds)
const manyObjects = Number(values.objects)
const LISTED = 5400
const PODS = 5000
const WATCHERS = 1000
/** Repetitions of what takes long. */
const TIMES = 7

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
  return median(durations)
}

/** From sending a write until each of many watches of one kind has its event. */
async function fanOut(server) {
  const watchers = []
  let missing = 0
  let name
  let all = () => {}
  const open = async () => {
    const watcher = await TlsClient.open(server)
    watchers.push(watcher)
    watcher.watch('/api/v1/namespaces/kube-public/configmaps?watch=true', chunk => {
      if (name !== undefined && chunk.includes(name) && --missing === 0) all()
    })
  }
  // A connection that asks for nothing is closed: not all can be opened before the first asks.
  while (watchers.length < WATCHERS) await Promise.all(Array.from({ length: 50 }, open))
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
  return median(durations)
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** What is measured of a server, by name; times are medians. */
async function measure(server) {
  const seen = new Map()
  const rated = async (what, clients, perform) => {
    const { perSecond, cpuMs } = await rate(server, { clients, seconds }, perform)
    seen.set(`${what}, ${clients} client${clients > 1 ? 's' : ''}, a second`, perSecond)
    seen.set(`${what}, ${clients} client${clients > 1 ? 's' : ''}, ms of CPU each`, cpuMs)
  }
  // What runs for the first time is compiled meanwhile; servers run for days.
  for (let turn = 0; turn < 2; turn++) {
    await rate(server, { clients: 16, seconds: 1 }, (client, name) =>
      client.call('POST', `${base}/configmaps`, configMap(`warm-${turn}-${name}`)),
    )
    await rate(server, { clients: 16, seconds: 0.5 }, client =>
      client.call('GET', `${base}/configmaps/warm-0-16-0-0`),
    )
  }
  for (const clients of [1, 16, 64])
    await rated('creates of 2 KB', clients, (client, name) =>
      client.call('POST', `${base}/configmaps`, configMap(`c-${name}`)),
    )
  for (const clients of [1, 16])
    await rated('gets', clients, client => client.call('GET', `${base}/configmaps/c-1-0-0`))
  const listed = await fill(server, LISTED, (client, index) =>
    client.call('POST', '/api/v1/namespaces/kube-system/configmaps', configMap(`l-${index}`)),
  )
  if (listed < LISTED) throw new Error(`only ${listed} objects could be created in ${FILL_MS} ms`)
  const client = await TlsClient.open(server)
  const repeated = async (what, perform) => {
    const before = cpuOf(server)
    seen.set(`${what}, ms`, await timed(TIMES, perform))
    seen.set(`${what}, ms of CPU`, ((cpuOf(server) - before) * 1000) / TIMES)
  }
  await repeated(`list of ${LISTED} objects`, () =>
    client.call('GET', '/api/v1/namespaces/kube-system/configmaps'),
  )
  await fill(server, PODS, (one, index) => one.call('POST', `${base}/pods`, pod(`p-${index}`)))
  await repeated(`Table of ${PODS} pods`, () =>
    client.call('GET', `${base}/pods`, undefined, `Accept: ${TABLE}\r\n`),
  )
  client.close()
  for (const [what, value] of await measureVerbs(server, seconds)) seen.set(what, value)
  seen.set('write to watch, ms', await writeToWatch(server))
  seen.set(`an event to ${WATCHERS} watches, ms`, await fanOut(server))
  return seen
}

/** Goals, by the beginning of a name. */
const goals = {
  'creates of 2 KB, 1 client, a': '≥ 2.5 ×',
  'creates of 2 KB, 16 clients, a': '≥ 2.5 ×',
  'creates of 2 KB, 64 clients, a': '≥ 2.5 ×',
  'gets, 1 client, a': '≥ 3 ×',
  'gets, 16 clients, a': '≥ 3 ×',
  [`list of ${LISTED} objects, ms`]: '≤ 0.4 ×',
  [`Table of ${PODS} pods, ms`]: '≤ 80',
  'write to watch': '≤ 1.5',
  [`an event to ${WATCHERS} watches`]: '≤ 25',
}

const figure = value => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)

function printTable(ours, theirs) {
  row('what', 'Drave', 'kube-apiserver + etcd', 'Drave / them', 'goal')
  console.log('|---|---|---|---|---|')
  for (const [name, value] of ours) {
    const other = theirs?.get(name)
    const goal = Object.entries(goals).find(
      ([start]) => name.startsWith(start) && !name.endsWith('of CPU'),
    )?.[1]
    row(
      name,
      figure(value),
      other === undefined ? '–' : figure(other),
      other ? `${figure(value / other)} ×` : '–',
      goal ?? '–',
    )
  }
}

const folder = mkdtempSync(join(tmpdir(), 'drave-bench-'))
try {
  const load = loadavg()[0]
  const ours = new Map()
  const inside = await inProcessCreates({ seconds, callers: 256, characters: text.length })
  const server = await up(join(folder, 'a'))
  const empty = [server.readyMs, residentMb(server.pid)]
  await sleep(2000)
  const before = cpuOf(server)
  await sleep(5000)
  const idle = ((cpuOf(server) - before) / 5) * 100
  for (const [name, value] of await measure(server)) ours.set(name, value)
  await server.stop()
  const peer = await startPeer()
  const theirs = peer && (await measure(peer))
  await peer?.stop()
  if (!peer) console.log('kube-apiserver and etcd were not given (KUBE_APISERVER, ETCD): no ratios\n')
  printTable(ours, theirs)
  const own = (name, value, goal) => row(name, value, '–', '–', goal)
  own('creates in this process, a second', figure(inside.perSecond), '≥ 15000')
  own('creates in this process, ms of CPU each', figure(inside.cpuMicros / 1000), '–')
  own('empty: Ready after, ms', figure(empty[0]), '≤ 500')
  own('empty: resident, MB', figure(empty[1]), '≤ 120')
  own('idle, % of a core', figure(idle), '≤ 1')
  if (manyObjects > 0) {
    const many = join(folder, 'b')
    const first = await up(many)
    const made = await fill(first, manyObjects, (client, index) =>
      client.call('POST', `${base}/configmaps`, configMap(`m-${index}`)),
    )
    const afterWrites = residentMb(first.pid)
    await first.stop()
    const again = await up(many)
    await sleep(2000)
    own(`${made} objects just created: resident, MB`, figure(afterWrites), '≤ 600')
    own(`${made} objects: Ready after, ms`, figure(again.readyMs), '≤ 5000')
    own(`${made} objects after a start: resident, MB`, figure(residentMb(again.pid)), '≤ 600')
    await again.stop()
  }
  console.log(`\nLoad of the machine: ${load.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
