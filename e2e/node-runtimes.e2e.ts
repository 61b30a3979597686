import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'
import { freePort } from './free-port.ts'

interface PodObject {
  status: {
    podIP?: string
    phase: string
    conditions: { type: string; status: string; message?: string }[]
    containerStatuses?: {
      restartCount: number
      resources?: { limits?: Record<string, string> }
      state: { terminated?: { exitCode: number; reason: string; message?: string } }
      lastState: { terminated?: { exitCode: number; reason: string } }
    }[]
  }
}

const BUSYBOX = '/bin/busybox'
const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const isRoot = process.getuid?.() === 0
/** Why the real runtimes cannot be tried on this machine. */
const lacking = [
  ...(isRoot ? [] : ['root']),
  ...(process.platform === 'linux' ? [] : ['Linux']),
  ...(existsSync(BUSYBOX) ? [] : ['busybox-static']),
  ...(has('ip') ? [] : ['iproute2']),
]

for (const engine of ['runc', 'crun', 'bwrap']) {
  const missing = [...lacking, ...(has(engine) ? [] : [engine])]
  if (missing.length > 0) console.log(`skipped: the runtime ${engine} needs ${missing.join(', ')}`)

  describe.skipIf(missing.length > 0)(`containers of ${engine}`, () => {
    const drave = new Drave()
    beforeAll(async () => {
      const tree = join(drave.folder, 'busybox')
      for (const folder of ['bin', 'etc', 'tmp', 'root', 'www'])
        mkdirSync(join(tree, folder), { recursive: true })
      cpSync(BUSYBOX, join(tree, 'bin/busybox'))
      for (const name of 'sh sleep echo cat ls id wget httpd touch test hostname dd head stat true kill'.split(
        ' ',
      ))
        symlinkSync('busybox', join(tree, 'bin', name))
      writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n')
      writeFileSync(join(tree, 'www/index.html'), 'served\n')
      writeFileSync(join(drave.folder, 'drave.yaml'), `node: {ociEngine: ${engine}, runtime: oci}\n`)
      await drave.run('image', 'build', tree, '-t', 'busybox:1', '--entrypoint', 'sh', '--workdir', '/')
      await drave.up()
    })
    afterAll(() => drave[Symbol.asyncDispose]())

    const create = async (name: string, spec: object) => {
      const file = join(drave.folder, `${name}.json`)
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec }
      writeFileSync(file, JSON.stringify(pod))
      await drave.kubectl('create', '-f', file)
    }
    const pod = (name: string) => drave.json<PodObject>('get', 'pod', name)
    const ended = (name: string) =>
      until(`the end of ${name}`, async () => {
        const found = await pod(name)
        return /Succeeded|Failed/.test(found.status.phase) && found
      })
    const once = (command: string, more: object = {}, ofPod: object = {}) => ({
      restartPolicy: 'Never',
      containers: [{ name: 'c', image: 'busybox:1', command: ['sh', '-c', command], ...more }],
      ...ofPod,
    })

    it('have their own files, user, host name and last words', async () => {
      const command =
        'id -u; hostname; ls -d /bin /x 2>&1; touch /tmp/a && echo wrote; echo bye > /dev/termination-log; exit 3'
      await create(
        'who',
        once(command, { securityContext: { runAsUser: 1000, readOnlyRootFilesystem: true } }),
      )
      const { status } = await ended('who')
      expect(status.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 3, message: 'bye\n' })
      const said = await drave.kubectl('logs', 'who')
      expect(said).toContain('1000\nwho\n')
      expect(said).toContain('/bin')
      expect(said).not.toContain('wrote')
      expect(status.podIP).toMatch(/^10\./)
    })

    it('reach each other, and Services, which reach them', async () => {
      await create('server', {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'c',
            image: 'busybox:1',
            command: ['httpd', '-f', '-p', '8080', '-h', '/www'],
            ports: [{ containerPort: 8080 }],
            readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
          },
        ],
      })
      await drave.kubectl('expose', 'pod', 'server', '--port', '80', '--target-port', '8080')
      await drave.kubectl('wait', '--for=condition=Ready', 'pod/server', '--timeout=30s')
      const { podIP } = (await pod('server')).status
      const command = `wget -qO- http://${podIP}:8080/ && wget -qO- http://$SERVER_SERVICE_HOST/`
      await create('client', once(command))
      expect((await ended('client')).status.phase).toBe('Succeeded')
      expect(await drave.kubectl('logs', 'client')).toBe('served\nserved\n')
    })

    it('run commands, mount volumes read-only, and end when they are told to', async () => {
      await drave.kubectl('create', 'configmap', 'settings', '--from-literal=colour=red')
      await create('worker', {
        volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
        terminationGracePeriodSeconds: 20,
        containers: [
          {
            name: 'c',
            image: 'busybox:1',
            command: ['sh', '-c', 'trap "echo ending; exit 0" TERM; while :; do sleep 0.1; done'],
            volumeMounts: [{ name: 'settings', mountPath: '/settings' }],
          },
        ],
      })
      await drave.kubectl('wait', '--for=condition=Ready', 'pod/worker', '--timeout=30s')
      const inside = (...command: string[]) => drave.kubectl('exec', 'worker', '--', ...command)
      expect(await inside('sh', '-c', 'cat /settings/colour; hostname')).toBe('redworker\n')
      expect(await inside('sh', '-c', 'touch /settings/x 2>/dev/null || echo refused')).toBe('refused\n')
      await drave.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"colour":"blue"}}')
      await until('the new content', async () => (await inside('cat', '/settings/colour')) === 'blue')
      const started = performance.now()
      await drave.kubectl('delete', 'pod', 'worker')
      expect(performance.now() - started).toBeLessThan(15_000)
    })

    it('are given other resources while they run', async () => {
      const limits = { cpu: '100m', memory: '32Mi' }
      await create('elastic', {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'busybox:1', command: ['sleep', '1000'], resources: { limits } }],
      })
      await drave.kubectl('wait', '--for=condition=Ready', 'pod/elastic', '--timeout=30s')
      const more = { cpu: '200m', memory: '64Mi' }
      const wished = await drave.json<{ spec: { containers: { resources: object }[] } }>(
        'get',
        'pod',
        'elastic',
      )
      for (const container of wished.spec.containers) container.resources = { limits: more, requests: more }
      const file = join(drave.folder, 'elastic-wish.json')
      writeFileSync(file, JSON.stringify(wished))
      // As any kubectl can ask for it.
      await drave.kubectl('replace', '--raw', '/api/v1/namespaces/default/pods/elastic/resize', '-f', file)
      const { status } = await until('the resources', async () => {
        const found = await pod('elastic')
        return found.status.containerStatuses?.[0]?.resources?.limits?.['memory'] === '64Mi' && found
      })
      expect(status.containerStatuses?.[0]?.restartCount).toBe(0)
      // bubblewrap shows a container no control groups.
      if (engine === 'bwrap') return
      const look = 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max 2>/dev/null || true'
      expect(await drave.kubectl('exec', 'elastic', '--', 'sh', '-c', look)).toBe(`${64 * 2 ** 20}\n`)
    })

    it.skipIf(engine === 'bwrap')(
      'see each other where they share processes, and answer at a port of the host',
      async () => {
        const hostPort = await freePort()
        await create('together', {
          shareProcessNamespace: true,
          terminationGracePeriodSeconds: 0,
          containers: [
            { name: 'a', image: 'busybox:1', command: ['sleep', '4321'] },
            {
              name: 'b',
              image: 'busybox:1',
              command: ['httpd', '-f', '-p', '80', '-h', '/www'],
              ports: [{ containerPort: 80, hostPort }],
            },
          ],
        })
        await drave.kubectl('wait', '--for=condition=Ready', 'pod/together', '--timeout=30s')
        const look = 'cat /proc/*/cmdline'
        const seen = await drave.kubectl('exec', 'together', '-c', 'b', '--', 'sh', '-c', look)
        expect(seen.replaceAll('\0', ' ')).toContain('sleep 4321')
        const answer = await until('an answer', () => fetch(`http://127.0.0.1:${hostPort}/`))
        expect(await answer.text()).toBe('served\n')
      },
    )

    it('are killed when they take more memory than they may', async () => {
      const limits = { memory: '32Mi', cpu: '500m' }
      await create(
        'greedy',
        once('exec dd if=/dev/zero of=/dev/null bs=200M count=1', { resources: { limits } }),
      )
      const terminated = (await ended('greedy')).status.containerStatuses?.[0]?.state.terminated
      expect(terminated).toMatchObject({ exitCode: 137 })
      if (engine !== 'crun') expect(terminated?.reason).toBe('OOMKilled')
    })

    it('are told of when their command is not there', async () => {
      await create('nothing', {
        containers: [{ name: 'c', image: 'busybox:1', command: ['no-such-program'] }],
      })
      await until('the failure', async () => {
        const [status] = (await pod('nothing')).status.containerStatuses ?? []
        return (status?.restartCount ?? 0) > 0
      })
      await drave.kubectl('delete', 'pod', 'nothing', '--grace-period=0', '--force')
    })

    it('leave nothing behind', async () => {
      await drave.kubectl('delete', 'pods', '--all', '--wait')
      const left = () => execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' })
      await until('the last mount to go', () => !left().includes(drave.dataDir))
      expect(await drave.stop()).toBe(0)
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(drave.dataDir)
    })
  })
}
