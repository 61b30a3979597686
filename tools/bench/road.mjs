// From `git push` to the new version answering through the gateway, on the example, as `drave up --demo` seeds it.
//   node tools/bench/road.mjs [--runs 5]
// Each run pushes a commit that changes the first version's page straight to `main`, with the canary's steps taken out,
// so that what is measured is the way and not the judgement.
import { execFile, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, help: { type: 'boolean' } },
})
if (values.help) {
  console.log('usage: node tools/bench/road.mjs [--runs N]')
  process.exit(0)
}
const exec = promisify(execFile)
const main = new URL('../../dist/main.js', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'drave-road-'))
const dataDir = join(folder, 'data')
const clone = join(folder, 'clone')
const environment = { ...process.env, DRAVE_DATA_DIR: dataDir }
const drave = (...args) => exec(process.execPath, [main, ...args], { cwd: folder, env: environment })
const git = (...args) =>
  exec('git', ['-C', clone, '-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], {
    env: environment,
  })
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

const stack = spawn(process.execPath, [main, 'up', '--demo', '--ephemeral-ports'], {
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'pipe', 'ignore'],
})
await new Promise((resolve, reject) => {
  let output = ''
  stack.once('exit', code => reject(new Error(`drave up ended with ${code}`)))
  stack.stdout.on('data', chunk => {
    output += chunk
    if (output.includes('The example runs.')) resolve()
  })
})
const gateway = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')).gateway
const versionServed = () =>
  new Promise(resolve => {
    get(gateway, response => {
      response.resume()
      resolve(response.headers['x-meetups-version'])
    }).on('error', () => resolve(undefined))
  })

await drave('repo', 'clone', 'meetups', clone)
const rollout = join(clone, 'deploy/rollout.yaml')
const text = readFileSync(rollout, 'utf8')
writeFileSync(rollout, text.replace(/ {6}steps:\n(?: {8}.*\n)+/, '      steps: []\n'))
const times = []
for (let run = 0; run < Number(values.runs); run++) {
  const version = `9.0.${run}`
  const manifest = join(clone, 'app/package.json')
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/"version": "[^"]+"/, `"version": "${version}"`),
  )
  await drave('image', 'build', join(clone, 'app'), '-t', `meetups:${version}`)
  const kustomization = join(clone, 'deploy/kustomization.yaml')
  writeFileSync(
    kustomization,
    readFileSync(kustomization, 'utf8').replace(/(name: meetups\n\s+newTag: )\S+/, `$1${version}`),
  )
  appendFileSync(join(clone, 'app/.bench'), `${run}\n`)
  await git('add', '--all')
  await git('commit', '--quiet', '-m', `Version ${version}`)
  const started = performance.now()
  await git('push', '--quiet', 'origin', 'HEAD:main')
  const pushed = performance.now()
  while ((await versionServed()) !== version) {
    if (performance.now() - started > 60_000) throw new Error(`${version} was not served within 60 s`)
    await sleep(10)
  }
  times.push(performance.now() - started)
  console.log(
    `run ${run + 1}: push ${(pushed - started).toFixed(0)} ms, served after ${times.at(-1).toFixed(0)} ms`,
  )
  await sleep(2000)
}
console.log(
  `from git push to the first answer of the new version: median ${median(times).toFixed(0)} ms; goal 2000`,
)
stack.removeAllListeners('exit')
const ended = new Promise(resolve => stack.once('exit', resolve))
stack.kill('SIGTERM')
await ended
rmSync(folder, { recursive: true, force: true })
