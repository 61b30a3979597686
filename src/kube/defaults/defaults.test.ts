import { describe, expect, it } from 'vitest'
import { applyDefaults } from './apply-defaults.ts'

const withDefaults = (group: string, version: string, kind: string, object: object) => {
  const copy = structuredClone(object)
  applyDefaults({ group, version, kind }, copy)
  return copy
}
const podSpec = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  terminationGracePeriodSeconds: 30,
  securityContext: {},
  schedulerName: 'default-scheduler',
}
const container = {
  name: 'a',
  image: 'a:1',
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
}
const metadata = { name: 'x' }

describe('applyDefaults', () => {
  it('fills in a Deployment and its template', () =>
    expect(
      withDefaults('apps', 'v1', 'Deployment', {
        metadata,
        spec: {
          template: { spec: { containers: [{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }] } },
        },
      }),
    ).toEqual({
      metadata,
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          spec: {
            ...podSpec,
            containers: [{ ...container, ports: [{ containerPort: 80, protocol: 'TCP' }] }],
          },
        },
      },
    }))
  it('leaves what is set, zero included', () =>
    expect(
      withDefaults('apps', 'v1', 'Deployment', {
        metadata,
        spec: { replicas: 0, strategy: { type: 'Recreate' } },
      }),
    ).toMatchObject({ spec: { replicas: 0, strategy: { type: 'Recreate' } } }))
  it('fills in a Pod: probes, volumes, requests from limits, canonical quantities', () =>
    expect(
      withDefaults('', 'v1', 'Pod', {
        metadata,
        spec: {
          containers: [
            {
              name: 'a',
              image: 'a:1',
              readinessProbe: { httpGet: { port: 80 } },
              resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: '1000m' } },
              env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
            },
          ],
          volumes: [{ name: 'e' }, { name: 'c', configMap: { name: 'm' } }],
        },
      }),
    ).toEqual({
      metadata,
      spec: {
        ...podSpec,
        enableServiceLinks: true,
        containers: [
          {
            ...container,
            readinessProbe: {
              httpGet: { path: '/', port: 80, scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
            env: [{ name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
          },
        ],
        volumes: [
          { name: 'e', emptyDir: {} },
          { name: 'c', configMap: { name: 'm', defaultMode: 420 } },
        ],
      },
    }))
  it.each([
    ['a', 'Always'],
    ['a:latest', 'Always'],
    ['host:5000/a', 'Always'],
    ['host:5000/a:1', 'IfNotPresent'],
    ['a@sha256:00', 'IfNotPresent'],
  ])('pulls %s %s', (image, imagePullPolicy) =>
    expect(
      withDefaults('', 'v1', 'Pod', { metadata, spec: { containers: [{ name: 'a', image }] } }),
    ).toMatchObject({
      spec: { containers: [{ imagePullPolicy }] },
    }),
  )
  it.each([
    [
      { ports: [{ port: 80 }] },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      { type: 'ExternalName', externalName: 'x' },
      { type: 'ExternalName', externalName: 'x', sessionAffinity: 'None' },
    ],
    [
      { type: 'LoadBalancer', sessionAffinity: 'ClientIP' },
      {
        type: 'LoadBalancer',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
        internalTrafficPolicy: 'Cluster',
        externalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
      },
    ],
  ])('fills in Service %j', (spec, expected) =>
    expect(withDefaults('', 'v1', 'Service', { metadata, spec })).toEqual({ metadata, spec: expected }),
  )
  it.each([
    [
      'batch',
      'Job',
      { spec: {} },
      {
        spec: {
          completions: 1,
          parallelism: 1,
          backoffLimit: 6,
          completionMode: 'NonIndexed',
          suspend: false,
        },
      },
    ],
    ['batch', 'Job', { spec: { parallelism: 3 } }, { spec: { parallelism: 3 } }],
    [
      'batch',
      'CronJob',
      { spec: {} },
      {
        spec: {
          concurrencyPolicy: 'Allow',
          suspend: false,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 1,
        },
      },
    ],
    [
      'apps',
      'StatefulSet',
      { spec: { volumeClaimTemplates: [{ spec: {} }] } },
      {
        spec: {
          podManagementPolicy: 'OrderedReady',
          updateStrategy: { rollingUpdate: { partition: 0 } },
          volumeClaimTemplates: [{ kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' } }],
        },
      },
    ],
    [
      'apps',
      'DaemonSet',
      { spec: {} },
      {
        spec: {
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        },
      },
    ],
    [
      '',
      'Namespace',
      {},
      { metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } }, status: { phase: 'Active' } },
    ],
    [
      'discovery.k8s.io',
      'EndpointSlice',
      { ports: [{ port: 80 }] },
      { ports: [{ name: '', protocol: 'TCP', port: 80 }] },
    ],
    [
      'rbac.authorization.k8s.io',
      'RoleBinding',
      { roleRef: {}, subjects: [{ kind: 'User' }, { kind: 'ServiceAccount' }] },
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount' }],
      },
    ],
    [
      'apiextensions.k8s.io',
      'CustomResourceDefinition',
      { spec: { names: { kind: 'Foo' } } },
      { spec: { names: { singular: 'foo', listKind: 'FooList' }, conversion: { strategy: 'None' } } },
    ],
    [
      'networking.k8s.io',
      'NetworkPolicy',
      { spec: { egress: [{}] } },
      { spec: { policyTypes: ['Ingress', 'Egress'] } },
    ],
    [
      'admissionregistration.k8s.io',
      'MutatingWebhookConfiguration',
      { webhooks: [{ rules: [{}] }] },
      {
        webhooks: [
          { failurePolicy: 'Fail', timeoutSeconds: 10, reinvocationPolicy: 'Never', rules: [{ scope: '*' }] },
        ],
      },
    ],
  ])('fills in %s %s %j', (group, kind, object, expected) =>
    expect(withDefaults(group, 'v1', kind, { metadata, ...object })).toMatchObject(expected),
  )
  it('fills in an autoscaler of v1', () =>
    expect(withDefaults('autoscaling', 'v1', 'HorizontalPodAutoscaler', { metadata, spec: {} })).toEqual({
      metadata,
      spec: { minReplicas: 1, targetCPUUtilizationPercentage: 80 },
    }))
  it('fills in an autoscaler of v2', () =>
    expect(
      withDefaults('autoscaling', 'v2', 'HorizontalPodAutoscaler', { metadata, spec: { behavior: {} } }),
    ).toMatchObject({
      spec: {
        minReplicas: 1,
        metrics: [{ resource: { name: 'cpu' } }],
        behavior: { scaleUp: { selectPolicy: 'Max' } },
      },
    }))
})

it.each([
  [
    'storage.k8s.io',
    'CSIDriver',
    { spec: { podInfoOnMount: true } },
    {
      spec: {
        attachRequired: true,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        podInfoOnMount: true,
        requiresRepublish: false,
        seLinuxMount: false,
        storageCapacity: false,
        volumeLifecycleModes: ['Persistent'],
      },
    },
  ],
  [
    'resource.k8s.io',
    'ResourceClaim',
    { spec: { devices: { requests: [{ exactly: {} }, { firstAvailable: [{ allocationMode: 'All' }] }] } } },
    {
      spec: {
        devices: {
          requests: [
            { exactly: { allocationMode: 'ExactCount', count: 1 } },
            { firstAvailable: [{ allocationMode: 'All' }] },
          ],
        },
      },
    },
  ],
  [
    'flowcontrol.apiserver.k8s.io',
    'PriorityLevelConfiguration',
    { spec: { limited: { limitResponse: { queuing: {} } } } },
    {
      spec: {
        limited: {
          nominalConcurrencyShares: 30,
          lendablePercent: 0,
          limitResponse: { queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
        },
      },
    },
  ],
  [
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicy',
    { spec: { matchConstraints: { resourceRules: [{}] } } },
    {
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ scope: '*' }],
        },
      },
    },
  ],
])('fills in %s %s', (group, kind, object, expected) =>
  expect(withDefaults(group, 'v1', kind, { metadata, ...object })).toEqual({ metadata, ...expected }),
)

describe('structs that Go has whoever leaves them out', () => {
  it.each([
    ['apps', 'Deployment', { spec: {} }, ['spec', 'template', 'spec', 'restartPolicy'], 'Always'],
    ['batch', 'Job', { spec: {} }, ['spec', 'template', 'spec', 'dnsPolicy'], 'ClusterFirst'],
    ['rbac.authorization.k8s.io', 'RoleBinding', {}, ['roleRef', 'apiGroup'], 'rbac.authorization.k8s.io'],
  ])('%s/%s', (group, kind, fields, path, expected) => {
    const object = { metadata: { name: 'x' }, ...fields }
    applyDefaults({ group, version: 'v1', kind }, object)
    expect(path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], object)).toBe(
      expected,
    )
  })
})
