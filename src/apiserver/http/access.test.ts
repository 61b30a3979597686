import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { makeAuthority, makeLeaf } from './certificates.ts'
import type { Listener } from './listen.ts'
import { makeCertificateRequest } from './testing.ts'

const log = { info() {}, warn() {}, error() {} }
const clock = new VirtualClock(Date.now())
let api: ApiServer
let listener: Listener
/** An authority beside the server's own whose clients are let in. */
const friend = makeAuthority(clock)
beforeAll(async () => {
  const access = { clientAuthorities: friend.certificate }
  api = await createApiServer({ clock, log, storage: 'memory', tls: { storage: 'memory' }, access })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => api[Symbol.asyncDispose]())

type Headers = Record<string, string | string[]>

function call(
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Headers; body?: object } = {},
) {
  return new Promise<{ code: number; body: { message: string; status: never; details: object } }>(
    (resolve, reject) => {
      const outgoing = httpsRequest(listener.url + path, {
        method,
        ca: listener.credentials.authority,
        headers: { 'content-type': 'application/json', ...headers },
      })
      outgoing.on('response', response => {
        let text = ''
        response.on('data', chunk => {
          text += chunk
        })
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {} }),
        )
      })
      outgoing.on('error', reject)
      outgoing.end(body && JSON.stringify(body))
    },
  )
}

const admin = () => ({ authorization: `Bearer ${listener.credentials.token}` })
const as = (user: string, more: Headers = {}): Headers => ({ ...admin(), 'impersonate-user': user, ...more })
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'

async function tokenOf(account: string, spec: object = {}) {
  const answer = await call('POST', `${ACCOUNTS}/${account}/token`, { headers: admin(), body: { spec } })
  return (answer.body.status as { token: string }).token
}

describe('refusals', () => {
  it.each([
    [
      'GET',
      '/apis/apps/v1/namespaces/y/deployments',
      'deployments.apps is forbidden: User "x" cannot list resource "deployments" in API group "apps" in the namespace "y"',
    ],
    [
      'GET',
      '/api/v1/pods',
      'pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    [
      'GET',
      '/api/v1/pods?watch=true',
      'pods is forbidden: User "x" cannot watch resource "pods" in API group "" at the cluster scope',
    ],
    [
      'GET',
      '/api/v1/namespaces/y/pods/p/log',
      'pods "p" is forbidden: User "x" cannot get resource "pods/log" in API group "" in the namespace "y"',
    ],
    [
      'GET',
      '/api/v1/namespaces/y/pods/p/exec?command=id&stdout=true&watch=true',
      'pods "p" is forbidden: User "x" cannot get resource "pods/exec" in API group "" in the namespace "y"',
    ],
    [
      'DELETE',
      '/api/v1/namespaces/y/secrets?fieldSelector=metadata.name%3Ds',
      'secrets is forbidden: User "x" cannot deletecollection resource "secrets" in API group "" in the namespace "y"',
    ],
    [
      'GET',
      '/api/v1/namespaces/y',
      'namespaces "y" is forbidden: User "x" cannot get resource "namespaces" in API group "" in the namespace "y"',
    ],
    [
      'DELETE',
      '/api/v1/namespaces/y/secrets',
      'secrets is forbidden: User "x" cannot deletecollection resource "secrets" in API group "" in the namespace "y"',
    ],
    [
      'GET',
      '/api/v1/namespaces/y/secrets?fieldSelector=metadata.name%3Ds',
      'secrets "s" is forbidden: User "x" cannot list resource "secrets" in API group "" in the namespace "y"',
    ],
    [
      'GET',
      '/apis/nope.example.com/v1/things',
      'things.nope.example.com is forbidden: User "x" cannot list resource "things" in API group "nope.example.com" at the cluster scope',
    ],
    ['GET', '/metrics', 'forbidden: User "x" cannot get path "/metrics"'],
    ['POST', '/metrics', 'forbidden: User "x" cannot post path "/metrics"'],
  ])('%s %s', async (method, path, message) => {
    const answer = await call(method, path, { headers: as('x') })
    expect(answer).toMatchObject({ code: 403, body: { reason: 'Forbidden', message } })
  })

  it('of the anonymous user, who sees only health and version', async () => {
    expect((await call('GET', '/version')).code).toBe(200)
    expect((await call('GET', '/readyz')).code).toBe(200)
    expect((await call('GET', '/api')).body.message).toBe(
      'forbidden: User "system:anonymous" cannot get path "/api"',
    )
    expect((await call('GET', '/version', { headers: { authorization: 'Bearer wrong' } })).code).toBe(401)
  })

  it('of who brings nothing, where everything is allowed', async () => {
    const access = { alwaysAllow: true }
    await using open = await createApiServer({
      clock,
      log,
      storage: 'memory',
      tls: { storage: 'memory' },
      access,
    })
    const { url, credentials } = await open.listen({ host: '127.0.0.1', port: 0 })
    const codeFor = (headers: Headers) =>
      new Promise((resolve, reject) => {
        const options = { ca: credentials.authority, headers }
        httpsRequest(`${url}/healthz`, options, response => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    expect(await codeFor({})).toBe(401)
    expect(await codeFor({ authorization: `Basic ${btoa('bad:wrong')}` })).toBe(401)
    const token = `Bearer ${credentials.token}`
    expect(await codeFor({ authorization: token })).toBe(200)
    expect(await codeFor({ authorization: token, 'impersonate-user': 'nobody-in-particular' })).toBe(200)
  })

  it.each([
    ['another authority', makeAuthority(clock), 401],
    ['an authority that it was given', friend, 200],
  ])('or not, of whoever shows a certificate of %s', async (_, authority, expected) => {
    const { certificate, key } = makeLeaf(authority, clock, {
      subject: [
        ['O', 'system:masters'],
        ['CN', 'root'],
      ],
    })
    const code = await new Promise((resolve, reject) => {
      const options = { ca: listener.credentials.authority, cert: certificate, key }
      httpsRequest(`${listener.url}/api`, options, response => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(code).toBe(expected)
  })

  it('lets everybody who is known find out what there is', async () => {
    for (const path of ['/api', '/apis', '/api/v1', '/openapi/v3', '/healthz'])
      expect((await call('GET', path, { headers: as('x') })).code).toBe(200)
  })
})

describe('impersonation', () => {
  it('takes groups, uid and extra along', async () => {
    const headers = as('x', {
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': 'u-1',
      'impersonate-extra-scopes%2fread': ['one', 'two'],
      'impersonate-extra-constructor': 'three',
    })
    const answer = await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      headers,
      body: {},
    })
    expect(answer.body.status).toEqual({
      userInfo: {
        username: 'x',
        uid: 'u-1',
        groups: ['a', 'b', 'system:authenticated'],
        extra: { 'scopes/read': ['one', 'two'], constructor: ['three'] },
      },
    })
  })

  it('stands in a certificate signing request, whatever that says', async () => {
    const { pem } = makeCertificateRequest({ commonName: 'root' })
    const request = Buffer.from(pem).toString('base64')
    const spec = { request, signerName: 'example.com/x', usages: ['client auth'], username: 'root' }
    const answer = await call('POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      headers: { ...admin(), 'impersonate-user': 'eve', 'impersonate-group': 'system:masters' },
      body: { metadata: { name: 'c' }, spec },
    })
    expect((answer.body as { spec?: object }).spec ?? answer.body).toMatchObject({
      username: 'eve',
      groups: ['system:masters', 'system:authenticated'],
    })
  })

  it('is for those who may', async () => {
    await call('POST', ACCOUNTS, { headers: admin(), body: { metadata: { name: 'plain' } } })
    const headers = { authorization: `Bearer ${await tokenOf('plain')}`, 'impersonate-user': 'boss' }
    expect((await call('GET', '/api/v1/pods', { headers })).body.message).toBe(
      'pods is forbidden: User "system:serviceaccount:default:plain" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
    )
    const groupOnly = { ...admin(), 'impersonate-group': 'g' }
    expect(await call('GET', '/api/v1/pods', { headers: groupOnly })).toMatchObject({
      code: 400,
      body: {
        message:
          'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string(nil)} without impersonating a user name',
      },
    })
  })
})

describe('tokens of service accounts', () => {
  const whoami = (token: string) =>
    call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      headers: { authorization: `Bearer ${token}` },
      body: {},
    })

  it('end with their time, and with what they are bound to', async () => {
    await call('POST', ACCOUNTS, { headers: admin(), body: { metadata: { name: 'robot' } } })
    await call('POST', '/api/v1/namespaces/default/secrets', {
      headers: admin(),
      body: { metadata: { name: 'holder' } },
    })
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 'holder' }
    const [plain, bound] = [
      await tokenOf('robot', { expirationSeconds: 600 }),
      await tokenOf('robot', { boundObjectRef }),
    ]
    expect((await whoami(bound)).code).toBe(201)
    await call('DELETE', '/api/v1/namespaces/default/secrets/holder', { headers: admin() })
    expect((await whoami(bound)).code).toBe(401)
    expect((await whoami(plain)).code).toBe(201)
    await clock.advance(661_000)
    expect((await whoami(plain)).code).toBe(401)
    const again = await tokenOf('robot')
    await call('DELETE', `${ACCOUNTS}/robot`, { headers: admin() })
    expect((await whoami(again)).code).toBe(401)
  })

  it('for another audience are not let in, but can be reviewed', async () => {
    await call('POST', ACCOUNTS, { headers: admin(), body: { metadata: { name: 'far' } } })
    const token = await tokenOf('far', { audiences: ['elsewhere'] })
    expect((await whoami(token)).code).toBe(401)
    const review = (audiences?: string[]) =>
      call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        headers: admin(),
        body: { spec: { token, audiences } },
      })
    expect((await review(['elsewhere'])).body.status).toMatchObject({
      authenticated: true,
      audiences: ['elsewhere'],
      user: { username: 'system:serviceaccount:default:far' },
    })
    expect((await review()).body.status).not.toHaveProperty('authenticated')
  })

  it('are refused for too short a time, and for another account’s pod', async () => {
    const ask = (spec: object) => call('POST', `${ACCOUNTS}/far/token`, { headers: admin(), body: { spec } })
    expect((await ask({ expirationSeconds: 10 })).body.message).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    )
    expect(
      (await ask({ boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } })).code,
    ).toBe(400)
    expect((await ask({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'x' } })).code).toBe(404)
  })

  it('fill Secrets that ask for one, until the account goes', async () => {
    const secrets = '/api/v1/namespaces/default/secrets'
    await call('POST', ACCOUNTS, { headers: admin(), body: { metadata: { name: 'old' } } })
    const body = {
      metadata: { name: 'old-token', annotations: { 'kubernetes.io/service-account.name': 'old' } },
      type: 'kubernetes.io/service-account-token',
    }
    await call('POST', secrets, { headers: admin(), body })
    const held = async () =>
      (
        (await call('GET', `${secrets}/old-token`, { headers: admin() })).body as {
          data?: Record<string, string>
        }
      ).data
    await expect.poll(held).toMatchObject({ namespace: Buffer.from('default').toString('base64') })
    const token = Buffer.from((await held())?.token ?? '', 'base64').toString()
    expect(await whoami(token)).toMatchObject({
      body: { status: { userInfo: { username: 'system:serviceaccount:default:old' } } },
    })
    await call('DELETE', `${ACCOUNTS}/old`, { headers: admin() })
    expect((await whoami(token)).code).toBe(401)
    await expect
      .poll(async () => (await call('GET', `${secrets}/old-token`, { headers: admin() })).code)
      .toBe(404)
  })

  it('can be checked by others, with the published keys', async () => {
    const { createLocalJWKSet, jwtVerify } = await import('jose')
    const keys = await call('GET', '/openid/v1/jwks', { headers: admin() })
    const { payload } = await jwtVerify(await tokenOf('far'), createLocalJWKSet(keys.body as never), {
      currentDate: new Date(clock.now()),
    })
    expect(payload.sub).toBe('system:serviceaccount:default:far')
    const document = await call('GET', '/.well-known/openid-configuration', { headers: admin() })
    expect(document.body).toMatchObject({ issuer: payload.iss })
  })
})
