import { describe, expect, it } from 'vitest'
import { applyDefaults } from '../defaults/apply-defaults.ts'
import type { Json } from '../schema/schema.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const groups: Readonly<Record<string, [string, string, boolean?]>> = {
  Deployment: ['apps', 'v1'],
  ReplicaSet: ['apps', 'v1'],
  StatefulSet: ['apps', 'v1'],
  DaemonSet: ['apps', 'v1'],
  Job: ['batch', 'v1'],
  CronJob: ['batch', 'v1'],
  EndpointSlice: ['discovery.k8s.io', 'v1'],
  Ingress: ['networking.k8s.io', 'v1'],
  HorizontalPodAutoscaler: ['autoscaling', 'v2'],
  PodDisruptionBudget: ['policy', 'v1'],
  Role: ['rbac.authorization.k8s.io', 'v1'],
  RoleBinding: ['rbac.authorization.k8s.io', 'v1'],
  Lease: ['coordination.k8s.io', 'v1'],
  CustomResourceDefinition: ['apiextensions.k8s.io', 'v1', false],
  Namespace: ['', 'v1', false],
}
const errorsOf = (kind: string, object: Json, previous?: Json, subresource?: string): string[] => {
  const [group, version, namespaced = true] = groups[kind] ?? ['', 'v1']
  const complete = (value: Json) => {
    const copy = structuredClone({
      ...value,
      metadata: { name: 'x', ...(namespaced ? { namespace: 'd' } : {}), ...(value['metadata'] as object) },
    })
    applyDefaults({ group, version, kind }, copy)
    return copy
  }
  return validateObject(
    { group, version, kind },
    complete(object),
    previous && complete(previous),
    subresource,
  ).map(fieldErrorMessage)
}

const container = { name: 'c', image: 'i' }
const labels = { app: 'x' }
const template = { metadata: { labels }, spec: { containers: [container] } }
const workload = { selector: { matchLabels: labels }, template }
const podErrors = (spec: object) => errorsOf('Pod', { spec: { containers: [container], ...spec } })
const containerErrors = (extra: object, spec: object = {}) =>
  podErrors({ containers: [{ ...container, ...extra }], ...spec })

describe('metadata', () => {
  it.each([
    [{}, []],
    [{ name: '' }, ['metadata.name: Required value: name or generateName is required']],
    [
      { labels: { 'a b': 'c' } },
      [expect.stringMatching(/^metadata\.labels: Invalid value: "a b": name part must consist of/)],
    ],
    [
      { labels: { a: 'b c' } },
      [expect.stringMatching(/^metadata\.labels: Invalid value: "b c": a valid label must be/)],
    ],
    [
      { annotations: { a: 'x'.repeat(300_000) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: '' }] },
      ['metadata.ownerReferences[0].uid: Invalid value: "": must not be empty'],
    ],
    [{ namespace: '' }, ['metadata.namespace: Required value']],
    [{ finalizers: ['a b/c'] }, [expect.stringContaining('metadata.finalizers[0]: Invalid value: "a b/c"')]],
    [
      { finalizers: ['mine'] },
      [
        'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
    [
      { name: 'X_' },
      [expect.stringMatching(/^metadata\.name: Invalid value: "X_": a lowercase RFC 1123 subdomain must/)],
    ],
    [{ generateName: 'x-' }, []],
  ])('%j', (metadata, expected) => expect(errorsOf('ConfigMap', { metadata })).toEqual(expected))
  it('refuses two controllers', () => {
    const owner = (name: string) => ({ apiVersion: 'v1', kind: 'A', name, uid: name, controller: true })
    expect(errorsOf('ConfigMap', { metadata: { ownerReferences: [owner('a'), owner('b')] } })[0]).toContain(
      'Found "true" in references for a and b',
    )
  })
  it('checks namespaces of cluster-scoped kinds and immutable names', () => {
    expect(errorsOf('Namespace', { metadata: { namespace: 'd' } })).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ])
    expect(errorsOf('ConfigMap', { metadata: { name: 'a' } }, { metadata: { name: 'b' } })).toEqual([
      'metadata.name: Invalid value: "a": field is immutable',
    ])
  })
})

describe('pods', () => {
  it.each([
    [{}, []],
    [{ containers: [] }, ['spec.containers: Required value']],
    [{ containers: [container, container] }, ['spec.containers[1].name: Duplicate value: "c"']],
    [{ initContainers: [container] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
    [
      { restartPolicy: 'Maybe' },
      ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
    ],
    [{ volumes: [{ name: 'v' }, { name: 'v' }] }, ['spec.volumes[1].name: Duplicate value: "v"']],
    [
      { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'm' } }] },
      ['spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type'],
    ],
    [{ volumes: [{ name: 'v', secret: {} }] }, ['spec.volumes[0].secret.secretName: Required value']],
    [
      { tolerations: [{ operator: 'Equal' }] },
      [expect.stringContaining('spec.tolerations[0].operator: Invalid value')],
    ],
  ])('%j', (spec, expected) => expect(podErrors(spec)).toEqual(expected))
  it.each([
    [
      { name: 'C' },
      [expect.stringMatching(/^spec\.containers\[0\]\.name: Invalid value: "C": a lowercase RFC 1123 label/)],
    ],
    [{ image: '' }, ['spec.containers[0].image: Required value']],
    [
      { image: ' i' },
      ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
    ],
    [
      { imagePullPolicy: 'x' },
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "x": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      { ports: [{ containerPort: 70_000 }] },
      [
        'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    [{ ports: [{}] }, ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      {
        ports: [
          { containerPort: 1, name: 'a' },
          { containerPort: 2, name: 'a' },
        ],
      },
      ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ],
    [{ env: [{ name: '' }] }, ['spec.containers[0].env[0].name: Required value']],
    [
      { env: [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ],
    ],
    [
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] },
      [
        expect.stringContaining(
          'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x',
        ),
      ],
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      { livenessProbe: {} },
      ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    ],
    [
      { livenessProbe: { successThreshold: 2, tcpSocket: { port: 1 } } },
      ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ],
    [
      { readinessProbe: { httpGet: { port: 0 } } },
      [
        'spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
      [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ],
    ],
    [
      { resources: { limits: { gpu: '1' } } },
      [expect.stringContaining('must be a standard resource type or fully qualified'), expect.anything()],
    ],
  ])('container %j', (extra, expected) => {
    const errors = containerErrors(extra)
    expect(errors.slice(0, 1)).toEqual(expected.slice(0, 1))
  })
  const pod = { spec: { containers: [container], nodeName: 'n' } }
  it('keep their spec, but for images and added tolerations', () => {
    const next = {
      spec: {
        ...pod.spec,
        containers: [{ ...container, image: 'j' }],
        tolerations: [{ operator: 'Exists' }],
      },
    }
    expect(
      errorsOf('Pod', next, {
        spec: { ...pod.spec, containers: [{ ...container, imagePullPolicy: 'Always' }] },
      }),
    ).toEqual([])
    expect(errorsOf('Pod', { spec: { ...pod.spec, hostname: 'h' } }, pod)[0]).toContain(
      'spec: Forbidden: pod updates may not change fields other than',
    )
    expect(errorsOf('Pod', { spec: { ...pod.spec, hostname: 'h' } }, pod, 'status')).toEqual([])
  })
})

describe('workloads', () => {
  it.each([
    ['Deployment', workload, []],
    ['Deployment', { template }, ['spec.selector: Required value']],
    [
      'Deployment',
      { ...workload, selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      'Deployment',
      { ...workload, selector: { matchLabels: { app: 'y' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'Deployment',
      { ...workload, template: { metadata: { labels } } },
      ['spec.template.spec.containers: Required value'],
    ],
    [
      'Deployment',
      { ...workload, replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'Deployment',
      { ...workload, strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'Deployment',
      { ...workload, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'Deployment',
      { ...workload, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'Deployment',
      { ...workload, selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        '',
      ],
    ],
    ['ReplicaSet', workload, []],
    ['StatefulSet', workload, []],
    ['DaemonSet', workload, []],
    [
      'CronJob',
      {
        schedule: '* * *',
        jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
      ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
    ],
  ])('%s %j', (kind, spec, expected) =>
    expect(errorsOf(kind, { spec }).slice(0, 1)).toEqual(expected.slice(0, 1)),
  )
  it('keep their selectors', () => {
    const other = { app: 'y' }
    const next = { selector: { matchLabels: other }, template: { ...template, metadata: { labels: other } } }
    expect(errorsOf('Deployment', { spec: next }, { spec: workload })).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable',
    ])
    expect(
      errorsOf('StatefulSet', { spec: { ...workload, serviceName: 'b' } }, { spec: workload })[0],
    ).toContain('updates to statefulset spec for fields other than')
  })
})

describe('services', () => {
  const port = { port: 80 }
  it.each([
    [{ ports: [port] }, []],
    [{}, ['spec.ports: Required value']],
    [{ clusterIP: 'None' }, []],
    [
      { ports: [{ port: 0, targetPort: 80 }] },
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      { ports: [port, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      {
        ports: [
          { ...port, name: 'a' },
          { ...port, name: 'a' },
        ],
      },
      [
        'spec.ports[1].name: Duplicate value: "a"',
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      { ports: [port], type: 'X' },
      [
        'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [{ type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      { ports: [port], clusterIP: 'x' },
      [
        'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
  ])('%j', (spec, expected) => expect(errorsOf('Service', { spec })).toEqual(expected))
  it('keep their address', () =>
    expect(
      errorsOf(
        'Service',
        { spec: { ports: [port], clusterIP: '10.0.0.2' } },
        { spec: { ports: [port], clusterIP: '10.0.0.1' } },
      ),
    ).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']))
  it('may have endpoints on loopback addresses', () => {
    const slice = (address: string) => ({
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ port: 1 }],
    })
    expect(errorsOf('EndpointSlice', slice('127.0.0.2'))).toEqual([])
    expect(errorsOf('EndpointSlice', slice('x'))[0]).toContain(
      'endpoints[0].addresses[0]: Invalid value: "x": must be a valid IP address',
    )
  })
})

describe('configuration', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  it.each([
    [
      'ConfigMap',
      { data: { 'a/b': '' } },
      [expect.stringMatching(/^data\[a\/b\]: Invalid value: "a\/b": a valid config key/)],
    ],
    [
      'ConfigMap',
      { data: { a: '' }, binaryData: { a: '' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'ConfigMap',
      { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
      [': Too long: may not be more than 1048576 bytes'],
    ],
    ['Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, ['data[tls.key]: Required value']],
    [
      'Secret',
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{') } },
      [expect.stringContaining('<secret contents redacted>')],
    ],
  ])('%s %j', (kind, object, expected) => expect(errorsOf(kind, object)).toEqual(expected))
  it('stays when sealed', () => {
    const sealed = { immutable: true, data: { a: '1' } }
    expect(errorsOf('ConfigMap', { data: { a: '2' } }, sealed)).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ])
    expect(errorsOf('Secret', { type: 'a' }, { type: 'b' })).toEqual([
      'type: Invalid value: "a": field is immutable',
    ])
  })
})

describe('other kinds', () => {
  const crd = (extra: object = {}, version: object = {}) => ({
    metadata: { name: 'foos.x.io' },
    spec: {
      group: 'x.io',
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
          ...version,
        },
      ],
      ...extra,
    },
  })
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }
  it.each([
    ['CustomResourceDefinition', crd(), []],
    [
      'CustomResourceDefinition',
      { ...crd(), metadata: { name: 'foo.x.io' } },
      ['metadata.name: Invalid value: "foo.x.io": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'CustomResourceDefinition',
      crd({}, { storage: false }),
      ['spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version'],
    ],
    [
      'CustomResourceDefinition',
      crd({}, { schema: undefined }),
      ['spec.versions[0].schema.openAPIV3Schema: Required value'],
    ],
    [
      'CustomResourceDefinition',
      crd({}, { schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }),
      [
        'spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
      ],
    ],
    [
      'HorizontalPodAutoscaler',
      {
        spec: {
          minReplicas: 3,
          maxReplicas: 2,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'D', name: 'd' },
        },
      },
      ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
    ],
    [
      'PodDisruptionBudget',
      { spec: { minAvailable: 1, maxUnavailable: 1 } },
      [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    ['Ingress', { spec: { rules: [{ http: { paths: [path] } }] } }, []],
    [
      'Ingress',
      { spec: {} },
      ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'Ingress',
      { spec: { rules: [{ http: { paths: [{ ...path, pathType: undefined }] } }] } },
      ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    ],
    [
      'Role',
      { metadata: { name: 'system:x' }, rules: [{ apiGroups: [''], resources: ['pods'] }] },
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    [
      'RoleBinding',
      { roleRef: { kind: 'X', name: 'r' } },
      ['roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"'],
    ],
    [
      'Lease',
      { spec: { leaseDurationSeconds: 0 } },
      ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      'Event',
      { involvedObject: { namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      'PersistentVolumeClaim',
      { spec: {} },
      [
        'spec.accessModes: Required value: at least 1 access mode is required',
        'spec.resources[storage]: Required value',
      ],
    ],
  ])('%s %j', (kind, object, expected) => expect(errorsOf(kind, object)).toEqual(expected))
})
