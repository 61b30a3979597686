import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, get, until } from '../drave.ts'
import { type Ended, Running } from './invoke.ts'
import { type Kubectl, presentKubectls } from './kubectls.ts'

/** Of each way that kubectl's streams have changed, one; all that are present where these are not. */
const chosen = [27, 30, 33, 36]
const present = presentKubectls()
const some = present.filter(({ minor }) => chosen.includes(minor))
const kubectls = some.length > 0 ? some : present
const transports = [
  { transport: 'WebSocket', websockets: 'true' },
  { transport: 'SPDY', websockets: 'false' },
]
/**
 * What kubectl 1.30 says now and then: its reader starts before its streams are registered, and the empty message by
 * which every server says that the connection stands finds none (client-go v0.30, tools/remotecommand/websocket.go).
 */
const clientRace = /^E\d+ .*websocket\.go:\d+\] Unknown stream id \d+, discarding message\n/gm
const hasTerminal = (() => {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
if (!hasTerminal) console.log("skipped: terminals need util-linux's script")

const server = `
require('node:http').createServer((request, response) => response.end('hello ' + request.url))
  .listen(8080, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`
const shell = (name: string, script: string, more = '') =>
  `{name: ${name}, image: host, command: [sh, -c, ${JSON.stringify(script)}]${more}}`
const objects = `
apiVersion: v1
kind: Pod
metadata: {name: talker, labels: {app: talk}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - ${shell('a', 'echo a1; echo a2; echo a3; exec sleep 1000')}
  - ${shell('b', 'echo b1; exec sleep 1000')}
---
apiVersion: v1
kind: Pod
metadata: {name: crasher}
spec: {containers: [${shell('main', 'echo before; exit 3')}]}
---
apiVersion: v1
kind: Pod
metadata: {name: counter}
spec: {restartPolicy: Never, containers: [${shell('main', 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done')}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: host
        command: [node, -e, ${JSON.stringify(server)}]
        env: [{name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {port: http, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
`
/** Repeats what it reads, until there is no more. */
const listener = (name: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  containers: [${shell('main', 'while read line; do echo "got $line"; done', ', stdin: true, stdinOnce: true')}]
`

const drave = new Drave()
beforeAll(async () => {
  if (kubectls.length > 0) await drave.up('--no-console')
})
afterAll(() => drave[Symbol.asyncDispose]())

it('finds a kubectl', () => {
  if (kubectls.length === 0) console.log('no kubectl in PATH or DRAVE_KUBECTLS: nothing is tried on a node')
})

describe.each(kubectls)('kubectl 1.$minor', ({ minor, program }: Kubectl) => {
  const namespace = `node-${minor}`
  const env: Record<string, string> = { HOME: drave.folder, KUBECONFIG: join(drave.dataDir, 'kubeconfig') }
  const start = (args: readonly string[], more: Record<string, string> = {}) =>
    new Running(program, ['-n', namespace, ...args], { env: { ...env, ...more } })
  const run = async (
    args: readonly string[],
    input = '',
    more: Record<string, string> = {},
  ): Promise<Ended> => {
    const ended = await new Running(program, ['-n', namespace, ...args], { env: { ...env, ...more }, input })
      .ended
    return { ...ended, err: ended.err.replace(clientRace, '') }
  }
  /** What it prints; rejects where it fails. */
  const prints = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run(args)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${code}: ${err}`)
    return out
  }
  const apply = async (name: string, text: string) => {
    const path = join(drave.folder, `${namespace}-${name}.yaml`)
    writeFileSync(path, text)
    return prints('apply', '-f', path)
  }
  /** The same with a terminal on standard input and output. */
  const onTerminal = (args: readonly string[], more: Record<string, string>): Promise<Ended> => {
    const line = [program, '-n', namespace, ...args].map(word => `'${word}'`).join(' ')
    return new Running('script', ['-qec', line, '/dev/null'], { env: { ...env, ...more }, input: '' }).ended
  }

  beforeAll(async () => {
    await prints('create', 'namespace', namespace)
    await apply('objects', objects)
    await prints('wait', 'pod/talker', '--for=condition=Ready', '--timeout=60s')
  })
  afterAll(() => prints('delete', 'namespace', namespace, '--timeout=60s'))

  it('follows a rollout to its end', async () => {
    expect(await prints('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'successfully rolled out',
    )
  })

  it('reads logs', async () => {
    expect(await prints('logs', 'talker', '-c', 'a')).toBe('a1\na2\na3\n')
    expect(await prints('logs', 'talker', '-c', 'a', '--tail=1')).toBe('a3\n')
    expect(await prints('logs', 'talker', '-c', 'a', '--limit-bytes=4')).toBe('a1\na')
    expect(await prints('logs', 'talker', '-c', 'a', '--since=1h')).toBe('a1\na2\na3\n')
    await until('nothing new', async () => (await prints('logs', 'talker', '-c', 'a', '--since=1s')) === '')
    expect(await prints('logs', 'talker', '-c', 'b', '--timestamps')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z b1\n$/,
    )
    expect((await prints('logs', 'talker', '--all-containers')).split('\n').sort()).toEqual([
      '',
      'a1',
      'a2',
      'a3',
      'b1',
    ])
    expect(await prints('logs', '-l', 'app=talk', '-c', 'b', '--prefix')).toBe('[pod/talker/b] b1\n')
    expect(await run(['logs', 'talker', '-c', 'none'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('container none is not valid for pod talker'),
    })
  })

  it('follows a log to its end', async () => {
    expect(await prints('logs', '-f', 'counter', '--pod-running-timeout=60s')).toBe('1\n2\n3\n4\n5\n')
  })

  it('reads the log of the container before', async () => {
    await until('a restart', async () =>
      /^[1-9]/.test(
        await prints('get', 'pod', 'crasher', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'),
      ),
    )
    expect(await prints('logs', 'crasher', '--previous')).toBe('before\n')
  })

  describe.each(transports)('over $transport', ({ transport, websockets }) => {
    const transportOf = {
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets,
    }
    const label = transport.toLowerCase()
    const inA = ['talker', '-c', 'a', '--']

    it('executes commands', async () => {
      const said = await run(['exec', ...inA, 'sh', '-c', 'echo out; echo err >&2; exit 7'], '', transportOf)
      expect(said).toEqual({ code: 7, out: 'out\n', err: 'err\ncommand terminated with exit code 7\n' })
      const text = 'some text\n'.repeat(20_000)
      const echoed = await run(['exec', '-i', ...inA, 'cat'], text, transportOf)
      expect(echoed.out).toHaveLength(text.length)
      expect(echoed).toMatchObject({ code: 0, err: '' })
    })

    it.skipIf(!hasTerminal)('gives commands a terminal', async () => {
      const { out } = await onTerminal(['exec', '-it', ...inA, 'sh', '-c', 'tty; exit 4'], transportOf)
      expect(out).toMatch(/\/dev\/pts\/\d+.*exit code 4/s)
    })

    it('attaches', async () => {
      const name = `listener-${label}`
      await apply(name, listener(name))
      await prints('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s')
      const attached = await run(['attach', '-i', name], 'one\ntwo\n', transportOf)
      expect(attached).toMatchObject({ code: 0, out: 'got one\ngot two\n' })
    })

    it('copies files both ways', async () => {
      const [here, there, back] = ['here', 'there', 'back'].map(place =>
        join(drave.folder, `${namespace}-${label}-${place}`),
      ) as [string, string, string]
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
      writeFileSync(here, content)
      await run(['cp', here, `talker:${there}`, '-c', 'a'], '', transportOf)
      expect(readFileSync(there).equals(content)).toBe(true)
      await run(['cp', `talker:${there}`, back, '-c', 'a'], '', transportOf)
      expect(readFileSync(back).equals(content)).toBe(true)
    })

    it.each(['deployment/web', 'service/web'])('forwards ports to %s', async target => {
      const port = target.startsWith('service') ? 'http' : '8080'
      using forward = start(['port-forward', target, `:${port}`], transportOf)
      const [, local] = await forward.printed(/127\.0\.0\.1:(\d+) ->/)
      const answers = await Promise.all(
        ['/a', '/b', '/c'].map(path => get(`http://127.0.0.1:${local}${path}`)),
      )
      expect(answers.map(({ body }) => body)).toEqual(['hello /a', 'hello /b', 'hello /c'])
    })

    it('runs a pod to talk to, and removes it', async () => {
      const name = `once-${label}`
      const args = ['run', name, '-i', '--rm', '--restart=Never', '--image=host', '--command', '--']
      const { code, out } = await run([...args, 'sh', '-c', 'read x; echo "got $x"'], 'it\n', transportOf)
      expect({ code, out }).toEqual({
        code: 0,
        out: expect.stringMatching(/^got it\npod "once-.*" deleted/m),
      })
      expect((await run(['get', 'pod', name])).err).toContain('not found')
    })
  })

  it('debugs with an ephemeral container', async () => {
    await prints('debug', 'talker', '-c', 'look', '--image=host', '--', 'sh', '-c', 'echo looking')
    await until('its words', async () => (await prints('logs', 'talker', '-c', 'look')) === 'looking\n')
  })

  it('tells events', async () => {
    expect(await prints('events', '--for', 'pod/talker')).toMatch(/Normal +Started +Pod\/talker/)
    expect(
      await prints('get', 'events', '--field-selector', 'involvedObject.name=talker,reason=Scheduled'),
    ).toContain('Successfully assigned')
  })

  it('shows what pods and nodes use', async () => {
    const pods = await until('a measurement', () => prints('top', 'pod', 'talker', '--containers'))
    expect(pods).toMatch(/talker +a +\d+m +\d+Mi *\ntalker +b +\d+m +\d+Mi/)
    expect(await prints('top', 'node')).toMatch(/ \d+m +\d+% +\d+Mi +\d+%/)
  })

  it('is a proxy to pods and services', async () => {
    using proxy = start(['proxy', '--port=0'])
    const [, port] = await proxy.printed(/127\.0\.0\.1:(\d+)/)
    const at = `http://127.0.0.1:${port}/api/v1/namespaces/${namespace}`
    expect((await get(`${at}/services/web:http/proxy/x`)).body).toBe('hello /x')
    const pod = (await prints('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n')[0]?.slice(4)
    expect((await get(`${at}/pods/${pod}:8080/proxy/y`)).body).toBe('hello /y')
  })

  it('drains a node as far as budgets allow', async () => {
    const node = (await prints('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim()
    await prints('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=2')
    await until(
      'the budget',
      async () => (await prints('get', 'pdb', 'web', '-o', 'jsonpath={.status.currentHealthy}')) === '2',
    )
    const drain = ['drain', node, '--pod-selector=app=web', '--ignore-daemonsets', '--force']
    try {
      expect(await run([...drain, '--timeout=2s'])).toMatchObject({
        code: 1,
        err: expect.stringContaining("Cannot evict pod as it would violate the pod's disruption budget."),
      })
      await prints('delete', 'pdb', 'web')
      expect(await prints(...drain, '--timeout=60s')).toMatch(/pod\/web-\S+ evicted.*drained/s)
    } finally {
      await prints('uncordon', node)
    }
    await prints('rollout', 'status', 'deployment/web', '--timeout=60s')
  })
})
