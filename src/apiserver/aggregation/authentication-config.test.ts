import { afterAll, beforeAll, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { makeAuthority } from '../http/certificates.ts'
import type { Listener } from '../http/listen.ts'
import { asking, coreTarget } from '../testing.ts'
import { authenticationData } from './authentication-config.ts'

const clock = new VirtualClock(Date.now())
const DAY_MS = 24 * 3_600_000
const mine = makeAuthority(clock).certificate
const other = makeAuthority(clock).certificate

it('says by whom and how identities are told', () => {
  expect(authenticationData({}, { client: mine, frontProxy: other }, clock.now())).toEqual({
    'client-ca-file': mine,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': other,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  })
})

it('keeps what others have put there, each once, until it ends', () => {
  const held = {
    'client-ca-file': `${other}${mine}`,
    'requestheader-allowed-names': '["aggregator","front-proxy-client"]',
    'requestheader-username-headers': 'nonsense',
  }
  const data = authenticationData(held, { client: mine, frontProxy: mine }, clock.now())
  expect(data['client-ca-file']).toBe(`${other}${mine}`)
  expect(data['requestheader-allowed-names']).toBe('["aggregator","front-proxy-client"]')
  expect(data['requestheader-username-headers']).toBe('["X-Remote-User"]')
  const later = clock.now() + 3651 * DAY_MS
  expect(authenticationData(held, { client: mine, frontProxy: mine }, later)['client-ca-file']).toBe('')
})

let api: ApiServer
let listener: Listener
const { ask } = asking(() => api)
beforeAll(async () => {
  api = await createApiServer({ clock, log: silentLog, storage: 'memory', tls: { storage: 'memory' } })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => api[Symbol.asyncDispose]())

it('is there once the server listens, and is put back', async () => {
  const configMaps = coreTarget('configmaps', 'kube-system')
  const read = () => ask(configMaps, 'get', 'extension-apiserver-authentication')
  const { authority, frontProxy } = listener.credentials
  const published = { 'client-ca-file': authority, 'requestheader-client-ca-file': frontProxy.authority }
  expect((await read()).data).toMatchObject(published)
  await ask(configMaps, 'delete', 'extension-apiserver-authentication')
  await until('it to be back', async () => (await read()).data)
  expect((await read()).data).toMatchObject(published)
})
