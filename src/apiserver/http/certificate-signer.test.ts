import { X509Certificate } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { parseCertificateRequest } from '../../kube/certificates/certificate-request.ts'
import { createApiServer } from '../api-server.ts'
import { certificateSigner } from './certificate-signer.ts'
import { makeAuthority } from './certificates.ts'
import { type AskedFor, makeCertificateRequest } from './testing.ts'

const HOUR_MS = 3_600_000
const clock = new VirtualClock(Date.UTC(2026, 0, 1))
const authority = makeAuthority(clock)
const sign = (asked: AskedFor, usages: readonly string[], durationMs = HOUR_MS) =>
  new X509Certificate(
    certificateSigner(authority, clock).sign(parseCertificateRequest(makeCertificateRequest(asked).pem), {
      usages,
      durationMs,
    }),
  )

it('issues what was asked for', () => {
  const certificate = sign(
    {
      commonName: 'jane',
      organizations: ['team'],
      alternatives: [
        ['ip', Buffer.from([10, 0, 0, 1])],
        ['dns', 'a.example'],
      ],
      keyType: 'rsa',
    },
    ['client auth', 'digital signature', 'key encipherment', 'server auth'],
  )
  const root = new X509Certificate(authority.certificate)
  expect(certificate.subject).toBe('O=team\nCN=jane')
  expect(certificate.subjectAltName).toBe('DNS:a.example, IP Address:10.0.0.1')
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  expect(certificate.ca).toBe(false)
  expect(certificate.checkIssued(root)).toBe(true)
  expect(certificate.verify(root.publicKey)).toBe(true)
  // KeyUsage, critical: digitalSignature and keyEncipherment.
  expect(certificate.raw.includes(Buffer.from('0603551d0f0101ff0404030205a0', 'hex'))).toBe(true)
})

it.each([
  ['a short time is not moved back', HOUR_MS, 'Jan  1 01:00:00 2026 GMT'],
  ['a long one is', 24 * HOUR_MS, 'Jan  1 23:55:00 2026 GMT'],
  [
    'none goes beyond the authority',
    100 * 365 * 24 * HOUR_MS,
    new X509Certificate(authority.certificate).validTo,
  ],
])('%s', (_, durationMs, end) => {
  const { validFrom, validTo } = sign({ commonName: 'jane' }, ['client auth'], durationMs)
  expect(validFrom).toBe('Dec 31 23:55:00 2025 GMT')
  expect(validTo).toBe(end)
})

it('lets in who shows such a certificate', async () => {
  const now = new VirtualClock(Date.now())
  const log = { info() {}, warn() {}, error() {} }
  await using api = await createApiServer({ clock: now, log, storage: 'memory', tls: { storage: 'memory' } })
  const { url, credentials } = await api.listen({ host: '127.0.0.1', port: 0 })
  const { pem, key } = makeCertificateRequest({ commonName: 'jane', organizations: ['team'] })
  const cert = credentials.signer.sign(parseCertificateRequest(pem), {
    usages: ['client auth'],
    durationMs: HOUR_MS,
  })
  const text = await new Promise<string>((resolve, reject) => {
    const outgoing = httpsRequest(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: 'POST',
      ca: credentials.authority,
      cert,
      key,
      headers: { 'content-type': 'application/json' },
    })
    outgoing.on('error', reject)
    outgoing.on('response', response => {
      let body = ''
      response.on('data', chunk => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    })
    outgoing.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}')
  })
  expect(JSON.parse(text).status.userInfo).toMatchObject({
    username: 'jane',
    groups: ['team', 'system:authenticated'],
  })
})
