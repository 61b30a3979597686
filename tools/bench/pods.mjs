// How long the pods of one Deployment take from the request to Ready, acted out and as processes of this machine.
//   node tools/bench/pods.mjs [--fake 1000] [--nodes 20] [--processes 200]
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    fake: { type: 'string', default: '1000' },
    nodes: { type: 'string', default: '20' },
    processes: { type: 'string', default: '200' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log('usage: node tools/bench/pods.mjs [--fake N] [--nodes N] [--processes N]')
  process.exit(0)
}
const main = new URL('../../dist/main.js', import.meta.url).pathname
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const DEADLINE_MS = 120_000

/** Starts `drave up`; resolves when it is ready. */
async function up(dataDir, args, environment = {}) {
  const child = spawn(
    process.execPath,
    [main, 'up', '--ephemeral-ports', '--no-console', '--data-dir', dataDir, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } },
  )
  await new Promise((resolve, reject) => {
    let output = ''
    child.once('exit', code => reject(new Error(`drave up ended with ${code}`)))
    child.stdout.on('data', chunk => {
      output += chunk
      if (/^Ready\./m.test(output)) resolve()
    })
  })
  return {
    pid: child.pid,
    stop: () =>
      new Promise(resolve => {
        child.removeAllListeners('exit')
        child.once('exit', resolve)
        child.kill('SIGTERM')
      }),
  }
}

/** A client of the API in a data directory. */
function clientOf(dataDir) {
  const { kubernetes: api } = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8'))
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
  const ca = Buffer.from(
    /certificate-authority-data: (\S+)/.exec(readFileSync(join(dataDir, 'kubeconfig'), 'utf8'))[1],
    'base64',
  )
  const agent = new Agent({ keepAlive: true, ca })
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, api),
        {
          method,
          agent,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        },
        response => {
          let text = ''
          response.on('data', chunk => {
            text += chunk
          })
          response.on('end', () =>
            response.statusCode < 300
              ? resolve(JSON.parse(text))
              : reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`)),
          )
        },
      )
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })
}

const cpuSeconds = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}

const residentMb = pid =>
  Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024)

/** Creates a Deployment; yields the seconds until so many of its pods were there, and ready. */
async function scaleOut(ask, { name, replicas, pod, cpu }) {
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const started = performance.now()
  await ask('POST', path, {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: pod },
    },
  })
  let createdMs
  for (;;) {
    const { status = {} } = await ask('GET', `${path}/${name}`)
    const elapsed = performance.now() - started
    if (createdMs === undefined && status.replicas === replicas) createdMs = elapsed
    if (status.readyReplicas === replicas) {
      const cpuReady = cpu()
      return { createdMs, readyMs: elapsed, cpuReady, deletedMs: await scaleIn(ask, path, name) }
    }
    if (elapsed > DEADLINE_MS)
      throw new Error(`after ${DEADLINE_MS} ms: ${JSON.stringify({ ...status, conditions: undefined })}`)
    await sleep(50)
  }
}

/** Deletes the Deployment; yields the milliseconds until its pods are gone. */
async function scaleIn(ask, path, name) {
  const started = performance.now()
  await ask('DELETE', `${path}/${name}`)
  const pods = `/api/v1/namespaces/default/pods?labelSelector=app%3D${name}&limit=1`
  while ((await ask('GET', pods)).items.length > 0) {
    if (performance.now() - started > DEADLINE_MS) throw new Error('the pods are still there')
    await sleep(50)
  }
  return performance.now() - started
}

const seconds = ms => `${(ms / 1000).toFixed(2)} s`

async function measure(what, { args, environment, name, replicas, pod }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'drave-bench-'))
  try {
    const drave = await up(dataDir, args, environment)
    try {
      const before = cpuSeconds(drave.pid)
      const result = await scaleOut(clientOf(dataDir), {
        name,
        replicas,
        pod,
        cpu: () => cpuSeconds(drave.pid),
      })
      console.log(
        `${what}: counted ${seconds(result.createdMs)}, ready ${seconds(result.readyMs)} ` +
          `(${(result.cpuReady - before).toFixed(1)} s of CPU), deleted again in ${seconds(result.deletedMs)} ` +
          `(${(cpuSeconds(drave.pid) - result.cpuReady).toFixed(1)} s of CPU); resident ${residentMb(drave.pid)} MB`,
      )
    } finally {
      await drave.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const fake = Number(values.fake)
if (fake > 0)
  await measure(`${fake} fake pods on ${values.nodes} simulated nodes`, {
    args: ['--nodes', values.nodes],
    name: 'fake',
    replicas: fake,
    pod: {
      runtimeClassName: 'fake',
      containers: [{ name: 'c', image: 'fake', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
    },
  })
const processes = Number(values.processes)
if (processes > 0)
  await measure(`${processes} process pods`, {
    args: [],
    environment: { DRAVE_NODE_MAX_PODS: String(processes + 10) },
    name: 'process',
    replicas: processes,
    pod: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: 'none', command: ['sleep', '1000'] }],
    },
  })
