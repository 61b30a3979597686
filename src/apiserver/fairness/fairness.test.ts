import { expect, it } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../kube/generated/flowcontrol-v1.ts'
import { loadData } from '../../kube/data.ts'
import { limitsByLevel } from './fairness.ts'
import { byPrecedence, flowOf, schemaFor } from './flow-schemas.ts'

const { flowSchemas, priorityLevels } = loadData('kubernetes/flow-control.json') as {
  flowSchemas: FlowSchema[]
  priorityLevels: PriorityLevelConfiguration[]
}
const schemas = [...flowSchemas].sort(byPrecedence)
const known = 'system:authenticated'
const account = (namespace: string) => ({
  username: `system:serviceaccount:${namespace}:robot`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, known],
})
const pods = { verb: 'list', group: '', resource: 'pods', subresource: '', namespace: 'a', name: '' }
const lease = { ...pods, verb: 'update', group: 'coordination.k8s.io', resource: 'leases' }

it.each([
  ['administrators', { username: 'root', groups: ['system:masters', known] }, pods, 'exempt', 'exempt '],
  ['users, each', { username: 'eve', groups: [known] }, pods, 'global-default', 'global-default eve'],
  ['accounts, each', account('a'), pods, 'workload-low', 'service-accounts system:serviceaccount:a:robot'],
  [
    'accounts of the system, by namespace',
    account('kube-system'),
    pods,
    'workload-high',
    'kube-system-service-accounts a',
  ],
  [
    'nodes',
    { username: 'system:node:n', groups: ['system:nodes', known] },
    pods,
    'system',
    'system-nodes system:node:n',
  ],
  [
    'elections',
    { username: 'system:kube-scheduler', groups: [known] },
    lease,
    'leader-election',
    'system-leader-election system:kube-scheduler',
  ],
  ['probes', { username: 'x', groups: [known] }, { verb: 'get', path: '/healthz' }, 'exempt', 'probes '],
  ['strangers', { username: 'y', groups: [] }, pods, undefined, undefined],
])('queues %s', (_who, user, asked, level, key) => {
  const schema = schemaFor(schemas, { user, ...asked })
  expect(schema && flowOf(schema, { user, ...asked })).toEqual(level && { level, key })
})

it('gives levels their share of the seats', () => {
  const limits = limitsByLevel(priorityLevels)
  expect(limits.get('exempt')).toBe('exempt')
  expect(limits.get('workload-low')).toEqual({ seats: 41, maxWaitingOfFlow: 300, maxWaiting: 6400 })
  expect(limits.get('catch-all')).toEqual({ seats: 3, maxWaitingOfFlow: 0, maxWaiting: 0 })
})
