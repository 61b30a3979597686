// Builds what Drave is compared with, from the Go module proxy: kube-apiserver, kube-controller-manager, kubectl, etcd, helm.
// Usage: node tools/peers/build.mjs [--dir DIR]   prints `export NAME=PATH` lines for a shell, and progress on standard error.
// Ends with 0 also where something cannot be had: then its line is missing and standard error says why.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const KUBERNETES = '1.36.3'
const ETCD = 'v3.6.6'
const HELM = 'v3.20.2'
const LIMIT_MS = 15 * 60_000

const { values } = parseArgs({ options: { dir: { type: 'string' }, help: { type: 'boolean', short: 'h' } } })
if (values.help) {
  console.log(
    'usage: node tools/peers/build.mjs [--dir DIR]\n\nexample: eval "$(node tools/peers/build.mjs)"   # sets KUBE_APISERVER, ETCD, …',
  )
  process.exit(0)
}
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const folder = values.dir ?? join(cache, 'drave-peers', `kubernetes-${KUBERNETES}-etcd-${ETCD}-helm-${HELM}`)
const started = Date.now()
const say = text => console.error(`peers: ${text}`)
const left = () => Math.max(1, LIMIT_MS - (Date.now() - started))

/** Runs the Go toolchain in a folder; its last lines are the reason where it fails. */
function go(args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      env: { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: left(),
    })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err = (err + chunk).slice(-2000)
    })
    child.on('error', reject)
    child.on('close', code =>
      code === 0
        ? resolve(out)
        : reject(new Error(err.trim().split('\n').slice(-3).join(' ') || `exit ${code}`)),
    )
  })
}

/** Kubernetes replaces its staging modules by folders, which its module does not hold: here by their releases. */
async function kubernetesModule() {
  const module = join(folder, 'kubernetes')
  mkdirSync(module, { recursive: true })
  writeFileSync(join(module, 'go.mod'), 'module peers\n')
  const { Dir } = JSON.parse(
    await go(['mod', 'download', '-json', `k8s.io/kubernetes@v${KUBERNETES}`], module),
  )
  const text = readFileSync(join(Dir, 'go.mod'), 'utf8')
  const staging = `v0.${KUBERNETES.replace(/^1\./, '')}`
  const replaced = [...text.matchAll(/^\s*(k8s\.io\/[a-z0-9-]+) => \.\/staging\//gm)].map(
    ([, path]) => `replace ${path} => ${path} ${staging}`,
  )
  const language = /^go (.*)$/m.exec(text)?.[0] ?? ''
  const lines = ['module peers', language, `require k8s.io/kubernetes v${KUBERNETES}`, ...replaced]
  writeFileSync(join(module, 'go.mod'), `${lines.join('\n')}\n`)
  return module
}

/** A module that needs one other, from which a program is built; its language version prunes what that does not need. */
const moduleFor = (path, version) => async () => {
  const module = join(folder, `${path.split('/').at(-2)}-module`)
  mkdirSync(module, { recursive: true })
  writeFileSync(join(module, 'go.mod'), `module peers\ngo 1.21\nrequire ${path} ${version}\n`)
  return module
}

const [major, minor] = KUBERNETES.split('.')
const stamp = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .flatMap(path => [
    `-X ${path}.gitVersion=v${KUBERNETES}`,
    `-X ${path}.gitMajor=${major}`,
    `-X ${path}.gitMinor=${minor}`,
  ])
  .join(' ')

const peers = [
  ['KUBE_APISERVER', 'kube-apiserver', kubernetesModule, 'k8s.io/kubernetes/cmd/kube-apiserver'],
  [
    'KUBE_CONTROLLER_MANAGER',
    'kube-controller-manager',
    kubernetesModule,
    'k8s.io/kubernetes/cmd/kube-controller-manager',
  ],
  ['KUBECTL', `kubectl-${major}.${minor}`, kubernetesModule, 'k8s.io/kubernetes/cmd/kubectl'],
  ['ETCD', 'etcd', moduleFor('go.etcd.io/etcd/server/v3', ETCD), 'go.etcd.io/etcd/server/v3'],
  ['HELM', 'helm', moduleFor('helm.sh/helm/v3', HELM), 'helm.sh/helm/v3/cmd/helm'],
]

try {
  execFileSync('go', ['version'], { stdio: 'ignore' })
} catch {
  say('there is no Go toolchain in PATH, so nothing can be built')
  process.exit(0)
}
const modules = new Map()
const bin = join(folder, 'bin')
for (const [variable, name, moduleOf, path] of peers) {
  const program = join(bin, name)
  try {
    if (!existsSync(program)) {
      say(`building ${name} (${Math.round((Date.now() - started) / 1000)} s so far)`)
      if (!modules.has(moduleOf)) modules.set(moduleOf, await moduleOf())
      await go(['build', '-ldflags', `-s -w ${stamp}`, '-o', program, path], modules.get(moduleOf))
    }
    console.log(`export ${variable}='${program}'`)
  } catch (error) {
    say(`${name} cannot be had: ${error.message}`)
  }
}
console.log(`export DRAVE_KUBECTLS='${bin}'`)
