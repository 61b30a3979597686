import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import { Event, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { TestNode } from '../testing.ts'
import { BackendChoice } from './choose-backend.ts'
import { forwards, SERVICE_NAME } from './forwards.ts'

let host: TestNode
const servers: Server[] = []
beforeAll(async () => {
  host = await TestNode.start()
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  for (const server of servers) server.close()
})

/** A server on any port that greets with its name and repeats what it is told. */
async function backend(name: string): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.write(name)
    socket.pipe(socket)
    socket.on('error', () => {})
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

class Talk {
  readonly socket: Socket
  heard = ''
  constructor(address: string, port: number) {
    this.socket = connect({ host: address, port })
    this.socket.setEncoding('utf8').on('data', chunk => {
      this.heard += chunk
    })
    this.socket.on('error', () => {})
  }
}

const setSlice = (name: string, ports: number[], ready = true) => {
  const { client } = host.kernel
  const content = {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready } }],
  }
  return Promise.all(
    ports.map(async (port, index) => {
      const ref = { name: `${name}-${index}`, namespace: 'default' }
      const slice = { ...content, ports: [{ name: 'main', port, protocol: 'TCP' }] }
      if (await client.find(EndpointSlice, ref)) await client.patch(EndpointSlice, ref, slice)
      else
        await client.create(EndpointSlice, {
          metadata: { ...ref, labels: { [SERVICE_NAME]: name } },
          ...slice,
        })
    }),
  )
}

async function service(name: string, port: number): Promise<Service> {
  return host.kernel.client.create(Service, {
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ name: 'main', port, protocol: 'TCP' }] },
  })
}

describe('the service proxy', () => {
  it('carries connections in turn to ready endpoints, and keeps open ones while endpoints change', async () => {
    const [one, two, three] = [await backend('one'), await backend('two'), await backend('three')]
    const port = await freePort()
    const { spec } = await service('echo', port)
    const address = spec.clusterIP ?? ''
    expect(address).toMatch(/^127\./)
    await setSlice('echo', [one, two])
    const say = async () => {
      const talk = new Talk(address, port)
      await until('a greeting', () => talk.heard !== '')
      return talk
    }
    const first = await until('the listener', async () => {
      const talk = new Talk(address, port)
      await new Promise(resolve => talk.socket.once('data', resolve).once('close', resolve))
      return talk.heard !== '' && talk
    })
    const names = new Set([first.heard])
    for (let count = 0; count < 4; count++) names.add((await say()).heard)
    expect([...names].sort()).toEqual(['one', 'two'])

    await setSlice('echo', [three, three])
    await until('the new endpoint', async () => (await say()).heard === 'three')
    first.socket.write('!')
    first.socket.end()
    await until('the old connection', () => first.heard.endsWith('!'))

    await setSlice('echo', [three, three], false)
    await until('a refusal', async () => {
      const talk = new Talk(address, port)
      await new Promise(resolve => talk.socket.once('close', resolve).once('data', resolve))
      return talk.heard === ''
    })
    await host.kernel.client.delete(Service, { name: 'echo', namespace: 'default' })
    await until('the end of the listener', async () => {
      const talk = connect({ host: address, port })
      return new Promise(resolve => {
        talk.once('connect', () => resolve(talk.destroy() && false))
        talk.once('error', error => resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED'))
      })
    })
  })

  it('says on the Service why it cannot listen, and goes on with others', async () => {
    const { spec } = await service('taken', 7777)
    const blocker = createServer()
    servers.push(blocker)
    await host.kernel.client.delete(Service, { name: 'taken', namespace: 'default' })
    await until(
      'the address to be free',
      () =>
        new Promise(resolve => {
          blocker.once('error', () => resolve(false))
          blocker.listen(7777, spec.clusterIP, () => resolve(true))
        }),
    )
    await host.kernel.client.create(Service, {
      metadata: { name: 'taken', namespace: 'default' },
      spec: { clusterIP: spec.clusterIP, ports: [{ name: 'main', port: 7777 }] },
    })
    const event = await until('the event', async () => {
      const { items } = await host.kernel.client.list(Event, { namespace: 'default' })
      return items.find(
        ({ reason, involvedObject }) => reason === 'NotProxied' && involvedObject.name === 'taken',
      )
    })
    const holder = existsSync('/proc/net/tcp')
      ? `${readFileSync('/proc/self/comm', 'utf8').trim()} (pid ${process.pid})`
      : 'another process'
    expect(event.message).toBe(
      `cannot listen on ${spec.clusterIP}:7777: ${holder} does, for instance a second Drave, or a pod that listens on all addresses`,
    )
  })
})

describe('what a Service asks for', () => {
  const spec = { clusterIP: '127.128.0.9', ports: [{ name: 'http', port: 80, nodePort: 30080 }] }
  // Only what the decision reads.
  const serviceOf = (extra: object) =>
    ({ metadata: { name: 'x' }, spec: { ...spec, ...extra } }) as unknown as Service
  it.each([
    ['nothing when headless', serviceOf({ clusterIP: 'None' }), []],
    ['nothing when external', serviceOf({ type: 'ExternalName' }), []],
    ['its address and its node port', serviceOf({}), ['127.128.0.9:80', '127.0.0.1:30080']],
    ['nothing for UDP', serviceOf({ ports: [{ port: 53, protocol: 'UDP' }] }), []],
  ])('is %s', (_, given, expected) =>
    expect(forwards(given, [], '127.0.0.1').map(({ host: at, port }) => `${at}:${port}`)).toEqual(expected),
  )

  it('is one backend for one client, until its time is over or the backend is gone', () => {
    const [a, b] = [
      { address: '127.64.0.1', port: 1 },
      { address: '127.64.0.2', port: 1 },
    ]
    const choice = new BackendChoice()
    choice.update([a, b], 1000)
    choice.taken('me', b, 0)
    for (let now = 0; now < 1000; now += 100) expect(choice.candidates('me', now)[0]).toEqual(b)
    const later = [choice.candidates('me', 1000)[0], choice.candidates('me', 1000)[0]]
    expect(later).toContainEqual(a)
    choice.update([a], 1000)
    expect(choice.candidates('me', 0)).toEqual([a])
  })
})
