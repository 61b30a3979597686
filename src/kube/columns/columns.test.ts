import { describe, expect, it } from 'vitest'
import { compileJsonPath } from '../json-path.ts'
import { columnsFor } from './columns-for.ts'
import { customColumns } from './custom.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const metadata = { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }
const row = (group: string, kind: string, object: object, priority = 0) =>
  columnsFor({ group, kind })
    .filter(column => column.priority <= priority)
    .map(column => column.cell({ metadata, ...object }, now))

describe('the status of a Job', () => {
  it.each<[string, readonly string[], object]>([
    ['Running', [], {}],
    ['Running', [], { spec: { suspend: true } }],
    ['Suspended', ['Suspended'], {}],
    ['FailureTarget', ['FailureTarget'], {}],
    ['SuccessCriteriaMet', ['SuccessCriteriaMet'], {}],
    ['Failed', ['FailureTarget', 'Failed'], {}],
    ['Complete', ['SuccessCriteriaMet', 'Complete'], { metadata: { ...metadata, deletionTimestamp: 't' } }],
    ['Terminating', ['Suspended'], { metadata: { ...metadata, deletionTimestamp: 't' } }],
  ])('%s with %j %j', (expected, types, more) => {
    const conditions = types.map(type => ({ type, status: 'True' }))
    expect(row('batch', 'Job', { spec: {}, status: { conditions }, ...more })[1]).toBe(expected)
  })
})

describe('pods', () => {
  const status = (state: object, more: object = {}) => ({
    phase: 'Running',
    containerStatuses: [{ name: 'a', ready: false, restartCount: 0, state, ...more }],
  })
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } }
  const spec = { containers: [{ name: 'a' }], nodeName: 'n' }
  const init = { ...spec, initContainers: [{ name: 'i' }] }
  const initStatus = (state: object, more: object = {}) => ({
    phase: 'Pending',
    initContainerStatuses: [{ name: 'i', state, restartCount: 0, ...more }],
  })
  it.each([
    ['Pending', '0/1', { spec, status: { phase: 'Pending' } }],
    ['Running', '1/1', { spec, status: status(running, { ready: true }) }],
    ['CrashLoopBackOff', '0/1', { spec, status: status({ waiting: { reason: 'CrashLoopBackOff' } }) }],
    ['ErrImagePull', '0/1', { spec, status: status({ waiting: { reason: 'ErrImagePull' } }) }],
    [
      'Completed',
      '0/1',
      {
        spec,
        status: { ...status({ terminated: { reason: 'Completed', exitCode: 0 } }), phase: 'Succeeded' },
      },
    ],
    ['ExitCode:3', '0/1', { spec, status: status({ terminated: { exitCode: 3 } }) }],
    ['Signal:9', '0/1', { spec, status: status({ terminated: { exitCode: 137, signal: 9 } }) }],
    ['Evicted', '0/1', { spec, status: { phase: 'Failed', reason: 'Evicted' } }],
    [
      'Terminating',
      '1/1',
      {
        spec,
        status: status(running, { ready: true }),
        metadata: { ...metadata, deletionTimestamp: metadata.creationTimestamp },
      },
    ],
    ['Init:0/1', '0/1', { spec: init, status: initStatus({ running: {} }) }],
    [
      'Init:CrashLoopBackOff',
      '0/1',
      { spec: init, status: initStatus({ waiting: { reason: 'CrashLoopBackOff' } }) },
    ],
    ['Init:ExitCode:1', '0/1', { spec: init, status: initStatus({ terminated: { exitCode: 1 } }) }],
    ['Pending', '0/1', { spec: init, status: initStatus({ terminated: { exitCode: 0 } }) }],
  ])('%s %s', (expected, ready, pod) => {
    const cells = row('', 'Pod', pod)
    expect([cells[2], cells[1]]).toEqual([expected, ready])
  })
  it('show restarts with their time, and more when wide', () => {
    const object = {
      spec,
      status: {
        ...status(running, {
          ready: true,
          restartCount: 2,
          lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } },
        }),
        podIP: '127.0.0.2',
      },
    }
    expect(row('', 'Pod', object)).toEqual(['x', '1/1', 'Running', '2 (5m ago)', '60m'])
    expect(row('', 'Pod', object, 1).slice(5)).toEqual(['127.0.0.2', 'n', '<none>', '<none>'])
  })
})

describe('columnsFor', () => {
  it.each([
    [
      'apps',
      'Deployment',
      { spec: { replicas: 3 }, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 } },
      ['x', '2/3', 3, 1, '60m'],
    ],
    [
      'apps',
      'ReplicaSet',
      { spec: { replicas: 3 }, status: { replicas: 2, readyReplicas: 1 } },
      ['x', 3, 2, 1, '60m'],
    ],
    [
      '',
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.0.0.1',
          ports: [
            { port: 80, nodePort: 30000 },
            { port: 53, protocol: 'UDP' },
          ],
        },
      },
      ['x', 'NodePort', '10.0.0.1', '<none>', '80:30000/TCP,53/UDP', '60m'],
    ],
    [
      '',
      'Service',
      { spec: { type: 'LoadBalancer' } },
      ['x', 'LoadBalancer', '<none>', '<pending>', '<none>', '60m'],
    ],
    ['', 'ConfigMap', { data: { a: '' }, binaryData: { b: '' } }, ['x', 2, '60m']],
    [
      '',
      'Node',
      {
        status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1' } },
        spec: { unschedulable: true },
        metadata: { ...metadata, labels: { 'node-role.kubernetes.io/worker': '' } },
      },
      ['x', 'Ready,SchedulingDisabled', 'worker', '60m', 'v1'],
    ],
    [
      '',
      'Event',
      {
        lastTimestamp: '2026-01-01T00:59:00Z',
        type: 'Normal',
        reason: 'R',
        involvedObject: { kind: 'Pod', name: 'p' },
        message: 'm\n',
      },
      ['60s', 'Normal', 'R', 'pod/p', 'm'],
    ],
    [
      'discovery.k8s.io',
      'EndpointSlice',
      {
        addressType: 'IPv4',
        ports: [{ port: 80 }],
        endpoints: ['1', '2', '3', '4'].map(n => ({ addresses: [`10.0.0.${n}`] })),
      },
      ['x', 'IPv4', '80', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '60m'],
    ],
    [
      'batch',
      'Job',
      { spec: { completions: 2 }, status: { succeeded: 1, startTime: '2026-01-01T00:59:30Z' } },
      ['x', 'Running', '1/2', '30s', '60m'],
    ],
    [
      'batch',
      'CronJob',
      { spec: { schedule: '* * * * *' } },
      ['x', '* * * * *', '<none>', 'False', 0, '<none>', '60m'],
    ],
    [
      'autoscaling',
      'HorizontalPodAutoscaler',
      {
        spec: {
          minReplicas: 1,
          maxReplicas: 3,
          scaleTargetRef: { kind: 'Deployment', name: 'd' },
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
        },
      },
      ['x', 'Deployment/d', 'cpu: <unknown>/80%', '1', 3, 0, '60m'],
    ],
    [
      'networking.k8s.io',
      'Ingress',
      { spec: { rules: [{ host: 'a.b' }] } },
      ['x', '<none>', 'a.b', '', '80', '60m'],
    ],
    [
      'rbac.authorization.k8s.io',
      'RoleBinding',
      { roleRef: { kind: 'Role', name: 'r' } },
      ['x', 'Role/r', '60m'],
    ],
    [
      'storage.k8s.io',
      'StorageClass',
      {
        provisioner: 'p',
        metadata: { ...metadata, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      },
      ['x (default)', 'p', 'Delete', 'Immediate', false, '60m'],
    ],
    ['example.com', 'Other', {}, ['x', '60m']],
  ])('%s %s', (group, kind, object, expected) => expect(row(group, kind, object)).toEqual(expected))
})

describe('customColumns', () => {
  const cells = (columns: Parameters<typeof customColumns>[0], object: object) =>
    customColumns(columns).map(column => column.cell({ metadata, ...object }, now))
  it('are name and age where the CRD declares none', () => expect(cells(undefined, {})).toEqual(['x', '60m']))
  it('read by path and type', () =>
    expect(
      cells(
        [
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'N', type: 'integer', jsonPath: '.spec.n' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          { name: 'Absent', type: 'string', jsonPath: '.spec.absent' },
          { name: 'Bad', type: 'string', jsonPath: '.spec[?(' },
        ],
        {
          spec: { n: 3 },
          status: {
            phase: 'Bound',
            conditions: [
              { type: 'A', status: 'x' },
              { type: 'Ready', status: 'True' },
            ],
          },
        },
      ),
    ).toEqual(['x', 'Bound', 'True', 3, '60m', '', '']))
})

describe('compileJsonPath', () => {
  const object = {
    a: {
      b: [
        { n: 1, t: 'x' },
        { n: 2, t: 'y' },
      ],
      'c.d': 3,
    },
    n: 0,
  }
  it.each([
    ['.a.b[0].n', [1]],
    ['{.a.b[-1].n}', [2]],
    ['$.a.b[*].t', ['x', 'y']],
    [".a['c.d']", [3]],
    ['.a.c\\.d', [3]],
    ['.a.b[?(@.n>1)].t', ['y']],
    ['.a.b[?(@.t=="x")].n', [1]],
    [".a.b[?(@.t!='x')].n", [2]],
    ['.a.b[?(@.n)].t', ['x', 'y']],
    ['..n', [0, 1, 2]],
    ['.missing.x', []],
  ])('%s', (path, expected) => expect(compileJsonPath(path)(object)).toEqual(expected))
  it.each(['.a[', '.a[?(@.x==)]', '.a]'])('%s is refused', path =>
    expect(() => compileJsonPath(path)).toThrow(),
  )
})

describe('types of columns', () => {
  it.each([
    ['', 'Secret', 'Data', 'string'],
    ['', 'LimitRange', 'Created At', 'date'],
    ['apps', 'Deployment', 'Up-to-date', 'string'],
    ['apps', 'Deployment', 'Available', 'string'],
    ['apps', 'ControllerRevision', 'Revision', 'string'],
    ['autoscaling', 'HorizontalPodAutoscaler', 'MaxPods', 'string'],
    ['batch', 'CronJob', 'Suspend', 'boolean'],
    ['rbac.authorization.k8s.io', 'ClusterRole', 'Created At', 'date'],
    ['scheduling.k8s.io', 'PriorityClass', 'Global-Default', 'boolean'],
  ])('%s/%s %s: %s', (group, kind, name, type) => {
    expect(columnsFor({ group, kind }).find(column => column.name === name)?.type).toBe(type)
  })
})
