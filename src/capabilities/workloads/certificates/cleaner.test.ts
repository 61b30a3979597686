import { describe, expect, it } from 'vitest'
import type { CertificateSigningRequest } from '../../../kube/generated/certificates-v1.ts'
import { meta } from '../testing/objects.ts'
import { uselessInMs } from './cleaner.ts'

const created = '2026-01-01T00:00:00Z'
const HOUR = 3_600_000

const request = (
  conditions: { type: string; lastUpdateTime?: string }[] = [],
  certificate?: string,
): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: meta('node', { namespace: undefined, creationTimestamp: created }),
  spec: { request: '', signerName: 'example.com/own' },
  status: { conditions: conditions.map(condition => ({ status: 'True', ...condition })), certificate },
})
const decided = (type: string) => request([{ type, lastUpdateTime: '2026-01-01T02:00:00Z' }])

describe('uselessInMs', () => {
  it.each([
    ['a day without decision', request(), 0, 24 * HOUR],
    ['which is over', request(), 25 * HOUR, 0],
    ['an hour after approval', decided('Approved'), 2 * HOUR, HOUR],
    ['after denial', decided('Denied'), 2.5 * HOUR, HOUR / 2],
    ['after failure', decided('Failed'), 4 * HOUR, 0],
    ['without time: since it was made', request([{ type: 'Approved' }]), 0, HOUR],
    ['whatever the certificate is', request([{ type: 'Approved' }], 'bm90aGluZw=='), 0, HOUR],
    ['never without a decision', request([{ type: 'Other' }]), 0, Infinity],
  ])('%s', (_, of, later, expected) => {
    expect(uselessInMs(of, Date.parse(created) + later)).toBe(expected)
  })
})
