import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, get, main, until } from './drave.ts'
import { hasReference, Reference } from './kubectl/reference.ts'
import { shopManifests } from './real-cluster/shop.ts'

const exec = promisify(execFile)
/** Given to this machine while the test runs: a kube-apiserver takes no loopback addresses as endpoints. */
const POD_CIDR = '10.99.77.0/24'

function missing(): string | undefined {
  if (!hasReference()) return 'KUBE_APISERVER, ETCD and KUBE_CONTROLLER_MANAGER name no binaries'
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return `only root can have pods at ${POD_CIDR}`
  return undefined
}
const reason = missing()
if (reason) console.log(`skipped: a real cluster: ${reason}`)

interface RolloutStatus {
  phase?: string
  abort?: boolean
  message?: string
  stableRS?: string
  canary?: { weights?: { canary: { weight: number } } }
}

describe.skipIf(reason !== undefined)(
  'on a real kube-apiserver, as the service account of drave install',
  () => {
    const cluster = new Reference()
    /** The part that a cluster's machines have: here nobody else brings it. */
    const machine = new Drave()
    const first = new Drave()
    const second = new Drave()
    /** Whose gateway and Git server are in use. */
    let leader = first
    let account = ''
    const stopTraffic = new AbortController()

    const kubectl = async (...args: string[]) =>
      (await exec('kubectl', args, { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } })).stdout
    const apply = (manifests: unknown[]) => {
      const file = join(cluster.folder, 'apply.json')
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }))
      return kubectl('apply', '-f', file)
    }
    const rollout = async () =>
      (
        JSON.parse(await kubectl('get', 'rollout', 'shop', '-n', 'shop', '-o', 'json')) as {
          status: RolloutStatus
        }
      ).status
    const weight = async () => (await rollout()).canary?.weights?.canary.weight ?? 0
    const site = async () => get(`${leader.endpoint('gateway')}/`)
    const versionsSeen = async () =>
      new Set(
        (await Promise.all(Array.from({ length: 20 }, site))).map(({ status, body }) => `${body} ${status}`),
      )
    const application = async () =>
      JSON.parse(await kubectl('get', 'application', 'shop', '-n', 'argocd', '-o', 'json')) as {
        status: { sync: { status: string }; health: { status: string }; conditions?: unknown[] }
      }

    beforeAll(async () => {
      await cluster.start()
      writeFileSync(join(machine.folder, 'drave.yaml'), `node:\n  podCIDR: ${POD_CIDR}\n`)
      await machine.up('--kubeconfig', cluster.kubeconfig, '--only', 'node,scheduler')
      await kubectl('create', 'namespace', 'shop')
      const install = ['install', '--image', 'drave:e2e', '--manage', 'shop', '-o', 'json']
      const { stdout } = await exec(process.execPath, [main, ...install])
      const { items } = JSON.parse(stdout) as { items: { kind: string }[] }
      // The processes run here: their image is in no registry.
      await apply(items.filter(({ kind }) => kind !== 'Deployment' && kind !== 'PersistentVolumeClaim'))
      const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'))
      writeFileSync(
        join(cluster.folder, 'token'),
        await kubectl('create', 'token', 'drave', '-n', 'drave-system'),
      )
      config.users[0].user = { tokenFile: 'token' }
      account = join(cluster.folder, 'account.kubeconfig')
      writeFileSync(account, JSON.stringify(config))
      const flags = ['--kubeconfig', account, '--namespaces', 'shop']
      await first.up(...flags)
      await second.up(...flags)
    })
    afterAll(async () => {
      stopTraffic.abort()
      for (const part of [second, first, machine, cluster]) await part[Symbol.asyncDispose]()
    })

    const clone = join(first.folder, 'clone')
    const push = async (version: string, failing = false) => {
      mkdirSync(join(clone, 'deploy'), { recursive: true })
      writeFileSync(join(clone, 'deploy', 'shop.json'), JSON.stringify(shopManifests(version, failing)))
      const git = (...args: string[]) =>
        exec('git', ['-C', clone, '-c', 'user.name=e2e', '-c', 'user.email=e2e@example.org', ...args], {
          env: { ...process.env, DRAVE_DATA_DIR: first.dataDir },
        })
      await git('add', '--all')
      await git('commit', '-q', '-m', version)
      await git('push', '-q', 'origin', 'HEAD:main')
    }
    /** People who come by all the time: the analysis judges what they are answered. */
    const visit = async () => {
      while (!stopTraffic.signal.aborted) {
        await Promise.allSettled(Array.from({ length: 8 }, site))
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }

    it('lets one process act while the other waits, and may do no more than it needs', async () => {
      expect(second.output).toMatch(/^Waiting: \S+ holds the Lease drave-system\/drave\./m)
      const can = (...args: string[]) =>
        kubectl('auth', 'can-i', ...args, '--as', 'system:serviceaccount:drave-system:drave').catch(
          (error: { stdout: string }) => error.stdout,
        )
      expect(await can('get', 'secrets', '-n', 'kube-system')).toContain('no')
      expect(await can('create', 'pods', '-n', 'default')).toContain('no')
      expect(await can('create', 'clusterroles')).toContain('no')
      expect(await can('create', 'configmaps', '-n', 'shop')).toContain('yes')
    })

    it('syncs an Application from its own Git server', async () => {
      await first.run('repo', 'create', 'shop', '--kubeconfig', cluster.kubeconfig)
      await first.run('repo', 'clone', 'shop', clone, '--kubeconfig', cluster.kubeconfig)
      await push('1.0.0')
      await apply([
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Application',
          metadata: { name: 'shop', namespace: 'argocd' },
          spec: {
            project: 'default',
            source: { repoURL: `${first.endpoint('git')}/shop.git`, targetRevision: 'main', path: 'deploy' },
            destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
            syncPolicy: { automated: { prune: true, selfHeal: true } },
          },
        },
      ])
      await until(
        'a healthy Application',
        async () => {
          const { status } = await application()
          if (status.sync.status === 'Synced' && status.health.status === 'Healthy') return true
          throw new Error(JSON.stringify(status))
        },
        90,
      )
      expect(await versionsSeen()).toEqual(new Set(['1.0.0 200']))
      void visit()
    })

    it('shows the cluster in a console, also of the process that waits, with no more rights than the account', async () => {
      const [, console = '', token = ''] = /console +(http:\S+)\/#token=(\S+)/.exec(second.output) ?? []
      const ask = (path: string, proof: string) =>
        fetch(console + path, { headers: { authorization: `Bearer ${proof}` } })
      const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'
      expect(await (await ask(applications, token)).text()).toContain('"name":"shop"')
      expect((await ask(applications, 'another')).status).toBe(401)
      expect((await ask('/api/v1/namespaces/kube-system/secrets', token)).status).toBe(403)
    })

    it('promotes a good version by what its gateway measures', async () => {
      await push('1.1.0')
      await until('the canary', async () => (await weight()) === 20)
      await until(
        'the end',
        async () => (await rollout()).phase === 'Healthy' && (await versionsSeen()).has('1.1.0 200'),
        90,
      )
      expect(await versionsSeen()).toEqual(new Set(['1.1.0 200']))
      const events = await kubectl('get', 'events', '-n', 'shop')
      expect(events).toContain('RolloutCompleted')
    })

    it('aborts a bad version', async () => {
      await push('1.2.0', true)
      const status = await until(
        'the abort',
        async () => {
          const found = await rollout()
          return found.abort && found
        },
        90,
      )
      expect(status.message).toContain('success-rate')
      await until('nobody at the bad version', async () => {
        const seen = await versionsSeen()
        return seen.size === 1 && seen.has('1.1.0 200')
      })
    })

    it('hands over within 20 seconds when its leader is killed, and the rollout goes on', async () => {
      await push('1.3.0')
      await until('the canary', async () => !(await rollout()).abort && (await weight()) === 20, 90)
      await first.kill()
      leader = second
      await until('the new leader', () => second.output.includes('This process leads now.'), 20)
      await until(
        'the end',
        async () => (await rollout()).phase === 'Healthy' && (await versionsSeen()).has('1.3.0 200'),
        120,
      )
      expect(await versionsSeen()).toEqual(new Set(['1.3.0 200']))
    })

    it('leaves nothing on the machine', async () => {
      stopTraffic.abort()
      await machine.stop()
      expect(execFileSync('ip', ['route', 'show', 'table', 'local'], { encoding: 'utf8' })).not.toContain(
        POD_CIDR,
      )
    })
  },
)
