import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { isUsable, makeAuthority, makeLeaf } from './certificates.ts'

const DAY_MS = 24 * 3600 * 1000

it('issues certificates that verify, for every name', () => {
  const clock = new VirtualClock()
  const authority = makeAuthority(clock)
  const names = ['localhost', '127.0.0.1', '::1', 'fe80::1:2', 'kubernetes.default.svc']
  const server = makeLeaf(authority, clock, { subject: [['CN', 'drave-apiserver']], names })
  const [root, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(server.certificate)]
  expect(root.ca).toBe(true)
  expect(root.subject).toBe(`CN=127.0.0.1-ca@${Math.floor(clock.now() / 1000)}`)
  expect(leaf.issuer).toBe(root.subject)
  expect(leaf.ca).toBe(false)
  expect(leaf.checkIssued(root)).toBe(true)
  expect(leaf.verify(root.publicKey)).toBe(true)
  expect(isUsable(server, clock, { names, issuer: authority.certificate })).toBe(true)
  expect(isUsable(server, clock, { names: ['example.com'] })).toBe(false)
  expect(isUsable(server, clock, { issuer: makeAuthority(clock).certificate })).toBe(false)
  expect(isUsable({ ...server, key: authority.key }, clock)).toBe(false)
})

it('names the user and groups of a client', () => {
  const clock = new VirtualClock()
  const subject = [
    ['O', 'system:masters'],
    ['CN', 'drave-admin'],
  ] as const
  const client = new X509Certificate(makeLeaf(makeAuthority(clock), clock, { subject }).certificate)
  expect(client.subject).toBe('O=system:masters\nCN=drave-admin')
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
})

it('is renewed a month before its end, also beyond 2050', async () => {
  const clock = new VirtualClock(Date.UTC(2049, 6, 1))
  const leaf = makeLeaf(makeAuthority(clock), clock, { subject: [['CN', 'x']] })
  expect(isUsable(leaf, clock)).toBe(true)
  await clock.advance(336 * DAY_MS)
  expect(isUsable(leaf, clock)).toBe(false)
})
