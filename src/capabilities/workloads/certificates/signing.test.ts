import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { certificateSigner } from '../../../apiserver/http/certificate-signer.ts'
import { makeAuthority } from '../../../apiserver/http/certificates.ts'
import { type AskedFor, makeCertificateRequest } from '../../../apiserver/http/testing.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import * as signers from '../../../kube/certificates/signers.ts'
import { CertificateSigningRequest } from '../../../kube/generated/certificates-v1.ts'
import { workloads } from '../index.ts'
import { meta } from '../testing/objects.ts'
import { autoApprovals } from './approver.ts'
import { isToBeSigned, secondsOf } from './signer.ts'

const node: AskedFor = { commonName: 'system:node:a', organizations: ['system:nodes'] }
const specOf = (asked: AskedFor, signerName: string, usages = ['digital signature', 'client auth']) => ({
  request: Buffer.from(makeCertificateRequest(asked).pem).toString('base64'),
  signerName,
  usages,
})
const requestOf = (
  spec: CertificateSigningRequest['spec'],
  status: CertificateSigningRequest['status'] = {},
): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: meta('r', { namespace: undefined }),
  spec,
  status,
})

describe('autoApprovals', () => {
  const kubelet = specOf(node, signers.KUBELET_CLIENT_SIGNER)
  it.each([
    ['another node', { ...kubelet, username: 'bootstrap' }, ['nodeclient']],
    ['itself', { ...kubelet, username: 'system:node:a' }, ['selfnodeclient', 'nodeclient']],
    ['another signer', { ...kubelet, signerName: signers.CLIENT_SIGNER }, []],
    ['no node', specOf({ commonName: 'jane' }, signers.KUBELET_CLIENT_SIGNER), []],
    ['other usages', { ...kubelet, usages: ['server auth'] }, []],
  ])('for %s', (_, spec, expected) => {
    expect(autoApprovals(requestOf(spec)).map(({ permission }) => permission)).toEqual(expected)
  })
})

describe('isToBeSigned', () => {
  const spec = { request: '', signerName: signers.CLIENT_SIGNER }
  const conditions = (...types: string[]) => types.map(type => ({ type, status: 'True' }))
  it.each([
    [{}, false],
    [{ conditions: conditions('Approved') }, true],
    [{ conditions: conditions('Approved', 'Denied') }, false],
    [{ conditions: conditions('Approved', 'Failed') }, false],
    [{ conditions: conditions('Approved'), certificate: 'x' }, false],
  ])('%j: %s', (status, expected) => {
    expect(isToBeSigned(requestOf(spec, status))).toBe(expected)
  })
  it('leaves other signers alone', () => {
    const other = requestOf({ ...spec, signerName: 'a.example/b' }, { conditions: conditions('Approved') })
    expect(isToBeSigned(other)).toBe(false)
  })
})

it.each([
  [undefined, 31_536_000],
  [3600, 3600],
  [1, 600],
  [99_999_999, 31_536_000],
])('expirationSeconds %s: %s', (expirationSeconds, expected) => {
  expect(secondsOf({ request: '', signerName: '', expirationSeconds })).toBe(expected)
})

describe('requests for certificates on an embedded API', () => {
  let test: TestKernel
  beforeEach(async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1))
    test = await startTestKernel({
      capabilities: [workloads],
      clock,
      ports: { certificateSigner: certificateSigner(makeAuthority(clock), clock) },
    })
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const create = (name: string, spec: CertificateSigningRequest['spec']) =>
    test.kernel.client.create(CertificateSigningRequest, { metadata: { name }, spec })
  const approve = (name: string) =>
    test.kernel.client.patch(
      CertificateSigningRequest,
      { name },
      { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] } },
      { subresource: 'approval' },
    )
  const settled = (name: string, isSettled: (request: CertificateSigningRequest) => unknown) =>
    until(`${name} is settled`, async () => {
      const request = await test.kernel.client.get(CertificateSigningRequest, { name })
      return isSettled(request) ? request : undefined
    })

  it('signs what is approved', async () => {
    const created = await create('jane', {
      ...specOf({ commonName: 'jane' }, signers.CLIENT_SIGNER),
      expirationSeconds: 3600,
    })
    expect(created.status).toEqual({})
    await approve('jane')
    const { status } = await settled('jane', request => request.status?.certificate)
    const certificate = new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64'))
    expect(certificate.subject).toBe('CN=jane')
    expect(certificate.validTo).toBe('Jan  1 01:00:00 2026 GMT')
    const time = '2026-01-01T00:00:00Z'
    expect(status?.conditions).toEqual([
      { type: 'Approved', status: 'True', reason: 'Test', lastUpdateTime: time, lastTransitionTime: time },
    ])
  })

  it('fails what the signer does not sign', async () => {
    await create('server', specOf({ commonName: 'jane' }, signers.CLIENT_SIGNER, ['server auth']))
    await approve('server')
    const { status } = await settled('server', request => request.status?.conditions?.length === 2)
    expect(status?.conditions?.[1]).toMatchObject({
      type: 'Failed',
      reason: 'SignerValidationFailure',
      message: 'invalid usage for client certificate: server auth',
    })
  })

  it('approves the client certificates of kubelets by itself, for who may', async () => {
    // Drave's own controllers may do everything.
    await create('node', specOf(node, signers.KUBELET_CLIENT_SIGNER))
    const { status } = await settled('node', request => request.status?.certificate)
    expect(status?.conditions?.[0]).toMatchObject({
      type: 'Approved',
      reason: 'AutoApproved',
      message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    })
  })
})
