import { existsSync } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandOptions, RemoteCommand, TerminalSize } from '../../../apiserver/http/connector.ts'
import { until } from '../../../kernel/until.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { HOST_ENV, SERVER, TestNode } from '../testing.ts'

let host: TestNode
let pod: Pod
beforeAll(async () => {
  host = await TestNode.start()
  await host.create('p', {
    containers: [
      { name: 'main', image: 'x', command: SERVER, env: [...HOST_ENV, { name: 'COLOUR', value: 'green' }] },
      {
        name: 'input',
        image: 'x',
        command: ['sh', '-c', 'read word; echo got $word; cat'],
        stdin: true,
        stdinOnce: true,
      },
    ],
  })
  pod = await host.ready('p')
})
afterAll(() => host[Symbol.asyncDispose]())

const streams = () => {
  const { podStreams } = host.kernel.ports
  if (!podStreams) throw new Error('the node provides no streams')
  return podStreams
}

const options = (more: Partial<CommandOptions> = {}): CommandOptions => ({
  container: 'main',
  command: [],
  stdin: true,
  stdout: true,
  stderr: true,
  tty: false,
  ...more,
})

/** A client's ends, and what has come out of them. */
function client() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const over = new AbortController()
  let resize: (size: TerminalSize) => void = () => {}
  const onResize = (listener: typeof resize) => {
    resize = listener
  }
  const textOf = (stream: Readable) => {
    let text = ''
    stream.on('data', chunk => (text += String(chunk)))
    return () => text
  }
  return {
    stdin,
    stdout,
    over,
    output: textOf(stdout),
    errors: textOf(stderr),
    resize: (size: TerminalSize) => resize(size),
    run: (command: RemoteCommand) => command({ stdin, stdout, stderr, onResize }, over.signal),
  }
}

const sh = (script: string, more: Partial<CommandOptions> = {}) =>
  streams().exec(pod, options({ command: ['sh', '-c', script], ...more }))

describe('exec', () => {
  it("runs in the container's environment, and tells output, errors and the exit code apart", async () => {
    const one = client()
    expect(await one.run(sh('echo $COLOUR $HOSTNAME; echo bad >&2; exit 3'))).toBe(3)
    expect([one.output(), one.errors()]).toEqual(['green p\n', 'bad\n'])
  })

  it('passes input until its end', async () => {
    const one = client()
    one.stdin.end('a\nb\n')
    expect(await one.run(sh('wc -l'))).toBe(0)
    expect(one.output().trim()).toBe('2')
  })

  it('waits for a client that reads slowly, and loses nothing', async () => {
    const one = client()
    one.stdout.pause()
    const done = one.run(sh('head -c 3000000 /dev/zero'))
    await until('a full pipe', () => one.stdout.writableNeedDrain)
    one.stdout.resume()
    expect(await done).toBe(0)
    expect(one.output()).toHaveLength(3_000_000)
  })

  it('ends with its client', async () => {
    const one = client()
    const done = one.run(sh('echo begun; sleep 1000'))
    await until('the beginning', () => one.output() === 'begun\n')
    one.over.abort()
    expect(await done).toBe(137)
  })

  it('says what it cannot run', async () => {
    const missing = streams().exec(pod, options({ command: ['no-such-program'] }))
    await expect(client().run(missing)).rejects.toThrow('executable file not found in $PATH')
    expect(() => streams().exec(pod, options())).toThrow('you must specify at least one command')
    expect(() => streams().exec(pod, options({ command: ['x'], container: 'other' }))).toThrow(
      'container other is not valid for pod p',
    )
    expect(() => streams().exec(pod, options({ command: ['x'], container: undefined }))).toThrow(
      'a container name must be specified for pod p, choose one of: [main input]',
    )
  })

  it.skipIf(!existsSync('/usr/bin/script'))(
    'gives a terminal that follows the size of the client',
    async () => {
      const one = client()
      const done = one.run(
        sh('trap "stty size; exit 5" WINCH; test -t 0 && echo ready; while :; do sleep 0.05; done', {
          tty: true,
        }),
      )
      await until('the terminal', () => one.output().includes('ready'))
      one.resize({ columns: 99, rows: 41 })
      expect(await done).toBe(5)
      expect(one.output()).toContain('41 99')
    },
  )
})

it('attach passes input on, which ends with the first client where it should, and shows output from then on', async () => {
  const one = client()
  const done = one.run(streams().attach(pod, options({ container: 'input' })))
  one.stdin.end('hello\nrest\n')
  expect(await done).toBe(0)
  expect(one.output()).toBe('got hello\nrest\n')
})

describe('connect', () => {
  it('reaches what listens on the address of the pod', async () => {
    const socket = await streams().connect(pod, 8080, new AbortController().signal)
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toContain('\r\n\r\np')
  })

  it('says why not', async () => {
    const refused = streams().connect(pod, 9, new AbortController().signal)
    await expect(refused).rejects.toThrow(/^dial tcp4 .*:9: connect: connection refused$/)
    const elsewhere = { ...pod, metadata: { ...pod.metadata, uid: 'other' } }
    expect(() => streams().requirePorts(elsewhere)).toThrow('pod p does not run on this node')
  })
})
