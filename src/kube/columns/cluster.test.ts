import { expect, it } from 'vitest'
import { columnsFor } from './columns-for.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const metadata = { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }
const container = { name: 'c', image: 'i' }
const conditions = (...types: string[]) => types.map(type => ({ type, status: 'True' }))
const request = { signerName: 'a.b/c', username: 'jane' }

it.each<[string, string, object, unknown[]]>([
  [
    '',
    'PodTemplate',
    { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } } },
    ['x', 'c', 'i', 'a=b'],
  ],
  [
    '',
    'ReplicationController',
    {
      spec: { replicas: 2, selector: { a: 'b' }, template: { spec: { containers: [container] } } },
      status: { replicas: 1, readyReplicas: 1 },
    },
    ['x', 2, 1, 1, '60m', 'c', 'i', 'a=b'],
  ],
  [
    '',
    'ResourceQuota',
    {
      status: {
        hard: { pods: '10', 'limits.cpu': '2', 'requests.cpu': '1' },
        used: { pods: '1', 'limits.cpu': '500m', 'requests.cpu': '0' },
      },
    },
    ['x', 'pods: 1/10, requests.cpu: 0/1', 'limits.cpu: 500m/2', '60m'],
  ],
  ['', 'LimitRange', {}, ['x', metadata.creationTimestamp]],
  ['', 'ServiceAccount', { secrets: [{ name: 's' }] }, ['x', '60m']],
  [
    'certificates.k8s.io',
    'CertificateSigningRequest',
    { spec: request, status: {} },
    ['x', '60m', 'a.b/c', 'jane', '<none>', 'Pending'],
  ],
  [
    'certificates.k8s.io',
    'CertificateSigningRequest',
    {
      spec: { ...request, expirationSeconds: 86_400 },
      status: { conditions: conditions('Approved'), certificate: 'x' },
    },
    ['x', '60m', 'a.b/c', 'jane', '24h', 'Approved,Issued'],
  ],
  [
    'certificates.k8s.io',
    'CertificateSigningRequest',
    { spec: request, status: { conditions: conditions('Approved', 'Failed') } },
    ['x', '60m', 'a.b/c', 'jane', '<none>', 'Approved,Failed'],
  ],
  ['node.k8s.io', 'RuntimeClass', { handler: 'runc' }, ['x', 'runc', '60m']],
  [
    'flowcontrol.apiserver.k8s.io',
    'FlowSchema',
    {
      spec: {
        priorityLevelConfiguration: { name: 'exempt' },
        matchingPrecedence: 1,
        distinguisherMethod: { type: 'ByUser' },
      },
    },
    ['x', 'exempt', 1, 'ByUser', '60m', '?'],
  ],
  [
    'flowcontrol.apiserver.k8s.io',
    'PriorityLevelConfiguration',
    {
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 30, limitResponse: { type: 'Reject' } } },
    },
    ['x', 'Limited', 30, '<none>', '<none>', '<none>', '60m'],
  ],
  [
    'networking.k8s.io',
    'IPAddress',
    { spec: { parentRef: { group: '', resource: 'services', namespace: 'n', name: 's' } } },
    ['x', 'services/n/s', '60m'],
  ],
  ['networking.k8s.io', 'ServiceCIDR', { spec: { cidrs: ['10.0.0.0/8'] } }, ['x', '10.0.0.0/8', '60m']],
  [
    'apiregistration.k8s.io',
    'APIService',
    {
      spec: { service: { namespace: 'n', name: 's' } },
      status: { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] },
    },
    ['x', 'n/s', 'False (MissingEndpoints)', '60m'],
  ],
  ['apiregistration.k8s.io', 'APIService', { spec: {} }, ['x', 'Local', 'Unknown', '60m']],
  [
    'storage.k8s.io',
    'VolumeAttachment',
    { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'p' } } },
    ['x', 'a', 'p', 'n', false, '60m'],
  ],
  [
    'storage.k8s.io',
    'CSIDriver',
    { spec: { podInfoOnMount: true, tokenRequests: [{ audience: 'a' }] } },
    ['x', true, true, false, 'a', false, '<none>', '60m'],
  ],
  ['storage.k8s.io', 'CSIStorageCapacity', { storageClassName: 's' }, ['x', 's', '<unset>']],
  [
    'resource.k8s.io',
    'ResourceClaim',
    { status: { allocation: {}, reservedFor: [{}] } },
    ['x', 'allocated,reserved', '60m'],
  ],
  [
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicy',
    { spec: { validations: [{}], paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } },
    ['x', 1, 'v1/ConfigMap', '60m'],
  ],
  [
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicyBinding',
    { spec: { policyName: 'p', paramRef: { selector: { matchLabels: { a: 'b' } } } } },
    [
      'x',
      'p',
      '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}',
      '60m',
    ],
  ],
])('%s %s', (group, kind, object, expected) => {
  const cells = columnsFor({ group, kind }).map(column => column.cell({ metadata, ...object }, now))
  expect(cells).toEqual(expected)
})
