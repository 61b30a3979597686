import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const kind = { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' }
const metadata = { name: 'p', namespace: 'default' }
const problems = (spec: object) =>
  validateObject(kind, { metadata, spec: { podSelector: {}, ...spec } }).map(fieldErrorMessage)
const from = (peer: object) => ({ ingress: [{ from: [peer] }] })
const port = (fields: object) => ({ egress: [{ ports: [fields] }] })

describe('NetworkPolicy', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }), []],
    [from({}), ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    [
      from({ ipBlock: { cidr: '10.0.0.0' } }),
      [
        'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      from({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }),
      [
        'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      ],
    ],
    [port({ port: 80, endPort: 90, protocol: 'TCP' }), []],
    [
      port({ port: 80, endPort: 70 }),
      ['spec.egress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`'],
    ],
    [
      port({ port: 'web', endPort: 70 }),
      ['spec.egress[0].ports[0].endPort: Invalid value: 70: may not be specified when `port` is non-numeric'],
    ],
    [
      port({ port: 0 }),
      ['spec.egress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      { policyTypes: ['Both'] },
      ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'],
    ],
  ])('%j', (spec, expected) => {
    expect(problems(spec)).toEqual(expected)
  })
})
