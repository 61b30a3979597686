import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { createApiServer } from '../api-server.ts'
import { AuditLog } from './audit-log.ts'
import { parsePolicy } from './policy.ts'

const log = { info() {}, warn() {}, error() {} }
const clock = new VirtualClock(Date.now())
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-audit-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const resources = (...names: string[]) => [{ group: '', resources: names }]

it('records what the policy wants, and neither secrets nor tokens beyond it', async () => {
  const policy = parsePolicy({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'Metadata', resources: resources('secrets') },
      { level: 'RequestResponse', resources: resources('configmaps', 'serviceaccounts/token') },
      { level: 'None', nonResourceURLs: ['/healthz'] },
      { level: 'Metadata' },
    ],
  })
  const api = await createApiServer({
    clock,
    log,
    storage: 'memory',
    tls: { storage: 'memory' },
    access: { audit: { policy, directory, maxFileBytes: 1e6, maxBackups: 1 } },
  })
  const { url, credentials } = await api.listen({ host: '127.0.0.1', port: 0 })
  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    new Promise<void>((resolve, reject) => {
      const authorization = `Bearer ${credentials.token}`
      httpsRequest(
        url + path,
        {
          method,
          ca: credentials.authority,
          headers: { authorization, 'content-type': 'application/json', ...headers },
        },
        response => response.resume().on('end', resolve),
      )
        .on('error', reject)
        .end(body && JSON.stringify(body))
    })
  const core = '/api/v1/namespaces/default'
  await call('POST', `${core}/secrets`, { metadata: { name: 's' }, stringData: { password: 'hunter2' } })
  await call('POST', `${core}/configmaps`, { metadata: { name: 'c' }, data: { k: 'v' } })
  await call('POST', `${core}/serviceaccounts/default/token`, { spec: {} })
  await call('GET', '/healthz')
  await call('GET', `${core}/secrets`, undefined, { 'impersonate-user': 'eve' })
  await call('GET', '/api/v1/pods', undefined, { authorization: 'Bearer wrong' })
  await api[Symbol.asyncDispose]()
  const text = readFileSync(join(directory, 'audit.log'), 'utf8')
  const events = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain(credentials.token)
  expect(text).not.toContain('eyJ')
  expect(text).not.toContain('managedFields')
  // What was sent, and not what the server has made of it.
  expect(events[1].requestObject).toEqual({ metadata: { name: 'c' }, data: { k: 'v' } })
  expect(events).toMatchObject([
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      stage: 'ResponseComplete',
      verb: 'create',
      requestURI: `${core}/secrets`,
      user: { username: 'drave-admin' },
      objectRef: { resource: 'secrets', namespace: 'default', apiVersion: 'v1' },
      responseStatus: { code: 201 },
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    },
    { level: 'RequestResponse', requestObject: { data: { k: 'v' } }, responseObject: { kind: 'ConfigMap' } },
    { objectRef: { subresource: 'token', name: 'default' }, responseObject: { status: { token: '' } } },
    {
      user: { username: 'drave-admin' },
      impersonatedUser: { username: 'eve' },
      responseStatus: { code: 403, reason: 'Forbidden' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    },
    { verb: 'list', responseStatus: { code: 401 } },
  ])
})

it('puts long files aside, keeps some of them, and drops what the disk does not take', async () => {
  let dropped = 0
  const parts = { directory, maxFileBytes: 100, maxBackups: 2, clock, log, onDropped: () => void dropped++ }
  for (let count = 0; count < 5; count++) {
    await clock.advance(1000)
    const file = new AuditLog(parts)
    file.write('x'.repeat(80))
    await file[Symbol.asyncDispose]()
  }
  expect(readdirSync(directory)).toHaveLength(3)
  const file = new AuditLog(parts)
  for (let count = 0; count < 20; count++) file.write('y'.repeat(1024 * 1024))
  expect(dropped).toBe(4)
  await file[Symbol.asyncDispose]()
})
