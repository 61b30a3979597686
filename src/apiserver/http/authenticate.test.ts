import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { Listener } from './listen.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let api: ApiServer
let listener: Listener
beforeAll(async () => {
  const log = { info() {}, warn() {}, error() {} }
  const other = { token: 'another-token', user: { username: 'somebody', groups: ['some'] } }
  api = await createApiServer({
    clock: new RealClock(),
    log,
    storage: 'memory',
    tls: { storage: 'memory' },
    access: { staticTokens: [other] },
  })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  agent.destroy()
  await api[Symbol.asyncDispose]()
})

/** What the server says to a request for a list of Secrets, which names who asked where that is refused. */
async function ask(token: string | undefined): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { credentials, url } = listener
  const outgoing = request(`${url}/api/v1/secrets`, { agent, ca: credentials.authority, headers })
  outgoing.end()
  const [response] = await once(outgoing, 'response')
  const { message = 'a list' } = JSON.parse(await text(response))
  return /User "([^"]+)"/.exec(message)?.[1] ?? message
}

it('takes every request of a connection for that of whose token it brings', async () => {
  const { token } = listener.credentials
  const asked = [
    token,
    token,
    'another-token',
    token,
    `${token}x`,
    token,
    undefined,
    'another-token',
    'wrong',
  ]
  const answers: string[] = []
  for (const one of asked) answers.push(await ask(one))
  expect(answers).toEqual([
    'a list',
    'a list',
    'somebody',
    'a list',
    'Unauthorized',
    'a list',
    'system:anonymous',
    'somebody',
    'Unauthorized',
  ])
})
