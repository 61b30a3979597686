import { describe, expect, it } from 'vitest'
import { makeAuthority } from '../../apiserver/http/certificates.ts'
import { makeCertificateRequest } from '../../apiserver/http/testing.ts'
import { VirtualClock } from '../../kernel/clock.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const kind = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  namespaced: false,
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const spec = {
  request: base64(makeCertificateRequest({ commonName: 'jane' }).pem),
  signerName: 'example.com/own',
  usages: ['client auth'],
}
const requestWith = (more: object, status: object = {}) => ({
  metadata: { name: 'x' },
  spec: { ...spec, ...more },
  status,
})
const errorsOf = (object: object, previous?: object, subresource?: string) =>
  validateObject(kind, object, previous, subresource).map(fieldErrorMessage)

describe('a new request', () => {
  it.each([
    [{}, []],
    [{ request: base64('x') }, [expect.stringMatching(/PEM block type must be CERTIFICATE REQUEST$/)]],
    [{ usages: [] }, ['spec.usages: Required value']],
    [
      { usages: ['client auth', 'client auth', 'nothing'] },
      [
        'spec.usages[1]: Duplicate value: "client auth"',
        expect.stringMatching(/^spec\.usages\[2\]: Unsupported value: "nothing": supported values: "any", /),
      ],
    ],
    [{ expirationSeconds: 600 }, []],
    [
      { expirationSeconds: 599 },
      [
        'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
      ],
    ],
    [{ signerName: '' }, ['spec.signerName: Required value']],
    [
      { signerName: 'kubernetes.io/legacy-unknown' },
      [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      ],
    ],
    [
      { signerName: 'one' },
      [
        `spec.signerName: Invalid value: "one": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      ],
    ],
    [
      { signerName: 'one/two' },
      [
        'spec.signerName: Invalid value: "one": should be a domain with at least two segments separated by dots',
      ],
    ],
    [
      { signerName: 'a.B/c' },
      [expect.stringMatching(/^spec\.signerName: Invalid value: "a\.B": validating label "B": a lowercase/)],
    ],
  ])('%j', (more, expected) => {
    expect(errorsOf(requestWith(more))).toEqual(expected)
  })
})

describe('a change', () => {
  const condition = (type: string, status = 'True', more: object = {}) => ({ type, status, ...more })
  const certificate = base64(makeAuthority(new VirtualClock()).certificate)
  const approved = { conditions: [condition('Approved')] }
  it.each<[string, string, object, object, string[]]>([
    ['approves', 'approval', {}, approved, []],
    [
      'approves elsewhere',
      'status',
      {},
      approved,
      ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
    ],
    [
      'takes a decision back',
      'approval',
      approved,
      {},
      ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
    ],
    [
      'says the opposite',
      'approval',
      approved,
      { conditions: [condition('Approved'), condition('Denied')] },
      ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
    ],
    [
      'approves by False',
      'approval',
      {},
      { conditions: [condition('Approved', 'False')] },
      ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
    ],
    ['fails', 'status', {}, { conditions: [condition('Failed')] }, []],
    ['signs', 'status', approved, { ...approved, certificate }, []],
    [
      'signs elsewhere',
      'approval',
      approved,
      { ...approved, certificate },
      ['status.certificate: Forbidden: updates may not set certificate content'],
    ],
    [
      'signs again',
      'status',
      { ...approved, certificate },
      { ...approved, certificate: base64(makeAuthority(new VirtualClock()).certificate) },
      ['status.certificate: Forbidden: updates may not modify existing certificate content'],
    ],
    [
      'signs with something else',
      'status',
      approved,
      { ...approved, certificate: base64('x') },
      [
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      ],
    ],
  ])('%s', (_, subresource, before, after, expected) => {
    expect(errorsOf(requestWith({}, after), requestWith({}, before), subresource)).toEqual(expected)
  })
})
