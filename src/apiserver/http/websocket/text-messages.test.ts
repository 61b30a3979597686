import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RawData, WebSocket } from 'ws'
import { RealClock } from '../../../kernel/clock.ts'
import { silentLog } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { apiError } from '../../../kube/status.ts'
import { type ApiServer, createApiServer } from '../../api-server.ts'
import { asking, coreTarget, pod } from '../../testing.ts'
import type { TextConnector } from '../connector.ts'
import type { Listener } from '../listen.ts'

let api: ApiServer
let listener: Listener
let isLeft = false
/** One line; then, for whoever follows, silence until the client goes. */
const log: TextConnector = {
  async *read(_object, query, signal) {
    if (query.get('container') === 'none')
      throw apiError('BadRequest', 'container none is not valid for pod p')
    if (query.get('container') !== 'silent') yield Buffer.from('é\n')
    if (query.get('follow') !== 'true') return
    if (!signal.aborted) await once(signal, 'abort')
    isLeft = true
  },
}
const { create } = asking(() => api)
beforeAll(async () => {
  api = await createApiServer({
    clock: new RealClock(),
    log: silentLog,
    storage: 'memory',
    tls: { storage: 'memory' },
  })
  listener = await api.listen({ host: '127.0.0.1', port: 0, connectors: { text: { 'pods/log': log } } })
  await create(coreTarget('pods', 'default'), 'p', pod())
})
afterAll(() => api[Symbol.asyncDispose]())

/** A WebSocket on the pod's log, and what comes over it. */
function open(query: string, protocols: string[] = []) {
  const socket = new WebSocket(
    `${listener.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/p/log?${query}`,
    protocols,
    {
      ca: listener.credentials.authority,
      headers: { authorization: `Bearer ${listener.credentials.token}` },
    },
  )
  const messages: [string, boolean][] = []
  socket.on('message', (data: RawData, isBinary: boolean) => messages.push([String(data), isBinary]))
  return { socket, messages }
}

it.each([
  [
    [],
    [
      ['', true],
      ['é\n', true],
    ],
  ],
  [
    ['binary.k8s.io'],
    [
      ['', true],
      ['é\n', true],
    ],
  ],
  [
    ['base64.binary.k8s.io'],
    [
      ['', false],
      ['w6kK', false],
    ],
  ],
])('sends a log as %j', async (protocols, expected) => {
  const { socket, messages } = open('', protocols)
  const [code] = await once(socket, 'close')
  expect([socket.protocol, code, messages]).toEqual([protocols[0] ?? '', 1000, expected])
})

it('accepts who follows before there is anything to say, and stops reading when they go', async () => {
  const { socket, messages } = open('follow=true&container=silent')
  await until('the first message', () => messages.length === 1)
  expect(isLeft).toBe(false)
  socket.close()
  await until('the log to be left', () => isLeft)
})

it('refuses what is not there, and other protocols', async () => {
  const refusal = async (query: string, protocols?: string[]) => {
    const [, response] = await once(open(query, protocols).socket, 'unexpected-response')
    return response.statusCode
  }
  expect(await refusal('container=none')).toBe(400)
  expect(await refusal('', ['v4.channel.k8s.io'])).toBe(403)
})
