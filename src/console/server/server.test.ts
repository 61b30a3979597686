import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiServer, createApiServer } from '../../apiserver/api-server.ts'
import type { Listener } from '../../apiserver/http/listen.ts'
import { RealClock } from '../../kernel/clock.ts'
import { clusterConsoleApi, ownConsoleApi } from '../../kernel/console-api.ts'
import { LocalClient } from '../../kernel/local-client.ts'
import { silentLog } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { ConfigMap } from '../../kube/generated/core-v1.ts'
import { type RunningConsole, startConsole } from './server.ts'
import { followedOf } from './watch-many.ts'

let api: ApiServer
let listener: Listener
let running: RunningConsole
const folder = mkdtempSync(join(tmpdir(), 'drave-console-'))

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), '<title>Drave</title>')
  writeFileSync(join(folder, 'main.js'), 'export {}')
  api = await createApiServer({
    clock: new RealClock(),
    log: silentLog,
    storage: 'memory',
    tls: { storage: 'memory' },
  })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
  running = await startConsole({
    host: '127.0.0.1',
    port: 0,
    folder,
    api: ownConsoleApi(listener.url, listener.credentials.authority),
    upstream: () => undefined,
    log: silentLog,
  })
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await api[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const bearer = () => ({ authorization: `Bearer ${listener.credentials.token}` })

describe('the console server', () => {
  it('answers every page with the one page, and files as they are, under a strict policy', async () => {
    const page = await fetch(`${running.url}/app/argocd/x`)
    expect(await page.text()).toContain('<title>Drave')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await fetch(`${running.url}/main.js`)).headers.get('content-type')).toContain('javascript')
    expect((await fetch(`${running.url}/../package.json`)).status).toBe(404)
    const etag = page.headers.get('etag') ?? ''
    expect((await fetch(running.url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('refuses another host name', async () => {
    const status = await new Promise(resolve => {
      request(running.url, { headers: { host: 'evil.example' } }, response =>
        resolve(response.statusCode),
      ).end()
    })
    expect(status).toBe(421)
  })

  it('passes requests on with the token of the browser, and has none of its own', async () => {
    expect((await fetch(`${running.url}/api/v1/namespaces`)).status).toBe(403)
    const answer = await fetch(`${running.url}/api/v1/namespaces`, { headers: bearer() })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(await answer.json())).toContain('"default"')
  })

  it('acts on another cluster as the user of its kubeconfig, for who brings the token of the link', async () => {
    const refused: unknown[] = []
    let token = 'expired'
    const credentials = { current: async () => ({ token }), refused: (proof: unknown) => refused.push(proof) }
    const { authority: ca } = listener.credentials
    const access = { server: `${listener.url}/`, ca, credentials, namespace: 'default' }
    await using elsewhere = await startConsole({
      host: '127.0.0.1',
      port: 0,
      folder,
      api: clusterConsoleApi(access, { token: 'of the link', namespaces: ['shop'] }),
      upstream: () => undefined,
      log: silentLog,
    })
    const ask = async (authorization: string, path = '/api/v1/namespaces') => {
      const answer = await fetch(elsewhere.url + path, { headers: { authorization } })
      return { status: answer.status, text: await answer.text() }
    }
    expect((await ask(bearer().authorization)).status).toBe(401)
    expect(await ask('Bearer of the link')).toMatchObject({
      status: 502,
      text: expect.stringContaining('no longer takes'),
    })
    expect(refused).toEqual([{ token: 'expired' }])
    token = listener.credentials.token
    expect(await ask('Bearer of the link')).toMatchObject({
      status: 200,
      text: expect.stringContaining('"default"'),
    })
  })

  it('says which listener is not running', async () => {
    expect((await fetch(`${running.url}/prometheus/api/v1/query`)).status).toBe(503)
  })

  it('follows several collections over one connection', async () => {
    const client = new LocalClient(api, 'test')
    const { resourceVersion } = await client.list(ConfigMap)
    const stop = new AbortController()
    const paths = ['/api/v1/configmaps', '/apis/apps/v1/deployments', '/apis/no.such/v1/things']
    const query = new URLSearchParams(
      paths.map((path): [string, string] => ['c', `${path}@${resourceVersion}`]),
    )
    const response = await fetch(`${running.url}/-/watch?${query}`, {
      headers: bearer(),
      signal: stop.signal,
    })
    let text = ''
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? [])
        text += decoder.decode(chunk as Uint8Array, { stream: true })
    })().catch(() => {})
    await client.create(ConfigMap, { metadata: { name: 'a', namespace: 'default' } })
    await until('the event', () => text.includes('/api/v1/configmaps {"type":"ADDED"'))
    await until('the end of what is not served', () =>
      text.includes('/apis/no.such/v1/things {"type":"ENDED"}'),
    )
    stop.abort()
    await reading
  })

  it.each(['', 'c=/api/v1/pods', 'c=/api/v1/../x@1', 'c=/version@1', 'c=/api/v1/pods@x'])(
    'refuses to follow %j',
    query => {
      expect(() => followedOf(new URLSearchParams(query))).toThrow('PATH@RESOURCEVERSION')
    },
  )
})
