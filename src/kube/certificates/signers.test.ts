import { describe, expect, it } from 'vitest'
import { type AskedFor, makeCertificateRequest } from '../../apiserver/http/testing.ts'
import { parseCertificateRequest } from './certificate-request.ts'
import * as signers from './signers.ts'

const node: AskedFor = { commonName: 'system:node:a', organizations: ['system:nodes'] }
const client = ['digital signature', 'client auth']
const serving = ['digital signature', 'key encipherment', 'server auth']
const problem = (signer: string, asked: AskedFor, usages: readonly string[]) =>
  signers.signerProblem(signer, parseCertificateRequest(makeCertificateRequest(asked).pem), usages)

describe('signerProblem', () => {
  it.each([
    [{ commonName: 'jane' }, ['client auth'], undefined],
    [{ commonName: 'jane' }, [...client, 'key encipherment'], undefined],
    [{ commonName: 'jane' }, ['server auth'], 'invalid usage for client certificate: server auth'],
    [
      { commonName: 'jane' },
      ['digital signature'],
      'missing required usage for client certificate: client auth',
    ],
  ])('of clients: %j, %j', (asked, usages, expected) => {
    expect(problem(signers.CLIENT_SIGNER, asked, usages)).toBe(expected)
  })

  it.each<[AskedFor, readonly string[], string | undefined]>([
    [node, client, undefined],
    [node, [...client, 'key encipherment'], undefined],
    [node, serving, 'usages did not match [client auth digital signature key encipherment]'],
    [node, ['client auth'], 'usages did not match [client auth digital signature key encipherment]'],
    [
      { ...node, organizations: ['system:nodes', 'more'] },
      client,
      'subject organization is not system:nodes',
    ],
    [{ ...node, commonName: 'jane' }, client, 'subject common name does not begin with system:node:'],
    [{ ...node, alternatives: [['dns', 'a']] }, client, 'DNS subjectAltNames are not allowed'],
    [{ ...node, alternatives: [['ip', Buffer.alloc(4)]] }, client, 'IP subjectAltNames are not allowed'],
    [{ ...node, alternatives: [['email', 'a@b']] }, client, 'Email subjectAltNames are not allowed'],
    [{ ...node, alternatives: [['uri', 'a:b']] }, client, 'URI subjectAltNames are not allowed'],
  ])('of kubelets as clients: %j, %j', (asked, usages, expected) => {
    expect(problem(signers.KUBELET_CLIENT_SIGNER, asked, usages)).toBe(expected)
  })

  it.each<[AskedFor, readonly string[], string | undefined]>([
    [{ ...node, alternatives: [['dns', 'a']] }, serving, undefined],
    [{ ...node, alternatives: [['ip', Buffer.alloc(4)]] }, serving, undefined],
    [node, serving, 'DNS or IP subjectAltName is required'],
    [
      { ...node, alternatives: [['dns', 'a']] },
      client,
      'usages did not match [digital signature key encipherment server auth]',
    ],
  ])('of kubelets as servers: %j, %j', (asked, usages, expected) => {
    expect(problem(signers.KUBELET_SERVING_SIGNER, asked, usages)).toBe(expected)
  })
})
