import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { makeAuthority, makeLeaf } from '../http/certificates.ts'
import { type OidcSettings, oidc, userOfClaims } from './oidc.ts'
import { ISSUER } from './service-account-tokens.ts'

const clock = new VirtualClock(Date.now())
const lines: string[] = []
const log = { info() {}, warn: (_fields: unknown, line?: string) => void lines.push(line ?? ''), error() {} }
const authority = makeAuthority(clock)
let server: Server
let settings: OidcSettings
let keys: JWK[] = []
let asked = 0
beforeAll(async () => {
  const leaf = makeLeaf(authority, clock, { subject: [['CN', 'issuer']], names: ['127.0.0.1'] })
  server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
    asked++
    const body =
      request.url === '/keys'
        ? { keys }
        : { issuer: settings.issuerUrl, jwks_uri: `${settings.issuerUrl}/keys` }
    response.end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  settings = {
    issuerUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'drave',
    usernameClaim: 'sub',
    usernamePrefix: 'oidc:',
    groupsClaim: 'groups',
    groupsPrefix: 'oidc:',
    requiredClaims: {},
    signingAlgorithms: ['RS256', 'ES256'],
    authority: authority.certificate,
  }
})
afterAll(() => void server.close())

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  keys = [...keys, { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }]
  return (claims: object = {}, lifetime = 600) => {
    const now = Math.floor(clock.now() / 1000)
    return new SignJWT({ groups: ['dev'], ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(settings.issuerUrl)
      .setAudience('drave')
      .setSubject('eve')
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(privateKey)
  }
}

it('knows the users of its issuer, and follows its keys no faster than it may', async () => {
  const authenticate = oidc(settings, { clock, log })
  const first = await newKey('first')
  expect(await authenticate(await first(), [ISSUER])).toEqual({
    user: { username: 'oidc:eve', groups: ['oidc:dev', 'system:authenticated'] },
    audiences: [ISSUER],
  })
  expect(asked).toBe(2)
  const second = await newKey('second')
  const token = await second()
  expect(await authenticate(token, [ISSUER])).toMatchObject({ error: /oidc: verify token/ })
  expect(asked).toBe(2)
  await clock.advance(11_000)
  expect(await authenticate(token, [ISSUER])).toHaveProperty('user')
  expect(asked).toBe(4)
  expect(await authenticate(await first({}, -1), [ISSUER])).toMatchObject({ error: /"exp" claim/ })
  expect(await authenticate(await first({ aud: 'other' }), [ISSUER])).toHaveProperty('user')
  expect(await authenticate('not.a.token', [ISSUER])).toBeUndefined()
})

it('says in the log that the issuer is not there, and lets nobody in', async () => {
  const sign = await newKey('third')
  const token = await sign()
  const authenticate = oidc({ ...settings, authority: undefined }, { clock, log })
  lines.length = 0
  expect(await authenticate(token, [ISSUER])).toEqual({
    error: 'oidc: verify token: the keys of the issuer could not be fetched',
  })
  expect(await authenticate(token, [ISSUER])).toHaveProperty('error')
  expect(lines).toEqual(['the keys of the OpenID Connect issuer could not be fetched'])
})

describe('claims', () => {
  it.each([
    [{ sub: 'x' }, {}, 'oidc:x'],
    [{ sub: 'x' }, { usernamePrefix: '-' }, 'x'],
    [{ sub: 'x' }, { usernamePrefix: undefined, issuerUrl: 'https://i' }, 'https://i#x'],
    [{ email: 'a@b' }, { usernameClaim: 'email', usernamePrefix: undefined }, 'a@b'],
    [{ email: 'a@b', email_verified: false }, { usernameClaim: 'email' }, 'email not verified'],
    [{ sub: '' }, {}, 'parse username claims "sub": claim not present'],
    [{ sub: 'x' }, { requiredClaims: { hd: 'acme' } }, 'required claim hd not present in ID token'],
    [
      { sub: 'x', hd: 'evil' },
      { requiredClaims: { hd: 'acme' } },
      'required claim hd value does not match. Got = evil, want = acme',
    ],
    [{ sub: 'x', groups: [1] }, {}, 'parse groups claim "groups": not a string or a list of strings'],
  ])('%j with %j: %s', (claims, changes, expected) => {
    const user = userOfClaims(claims, { ...settings, ...changes })
    expect(typeof user === 'string' ? user : user.username).toBe(expected)
  })
})
