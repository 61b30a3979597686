import type { FieldSpec } from './field-spec.ts'

/** Where kustomize's transformers write by default (its documentation, "Transformer Configurations"). */

const kinds = (group: string, names: readonly string[], path: string, create: boolean): FieldSpec[] =>
  names.map(kind => ({ group, kind, path, create }))

const appsKinds = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet']

/** Paths of pod templates' metadata. */
const templates = (field: 'labels' | 'annotations'): FieldSpec[] => [
  {
    group: '',
    version: 'v1',
    kind: 'ReplicationController',
    path: `spec/template/metadata/${field}`,
    create: true,
  },
  ...kinds('apps', appsKinds, `spec/template/metadata/${field}`, true),
  { group: 'batch', kind: 'Job', path: `spec/template/metadata/${field}`, create: true },
  { group: 'batch', kind: 'CronJob', path: `spec/jobTemplate/metadata/${field}`, create: true },
  { group: 'batch', kind: 'CronJob', path: `spec/jobTemplate/spec/template/metadata/${field}`, create: true },
]

const affinity = (kind: string): FieldSpec[] =>
  ['podAffinity', 'podAntiAffinity'].flatMap(side => [
    {
      group: 'apps',
      kind,
      path: `spec/template/spec/affinity/${side}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
    },
    {
      group: 'apps',
      kind,
      path: `spec/template/spec/affinity/${side}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
    },
  ])

const labels: FieldSpec[] = [{ path: 'metadata/labels', create: true }]
const volumeClaimLabels: FieldSpec[] = [
  { group: 'apps', kind: 'StatefulSet', path: 'spec/volumeClaimTemplates[]/metadata/labels', create: true },
]

const selectors: FieldSpec[] = [
  { version: 'v1', kind: 'Service', path: 'spec/selector', create: true },
  { group: '', version: 'v1', kind: 'ReplicationController', path: 'spec/selector', create: true },
  ...kinds('apps', appsKinds, 'spec/selector/matchLabels', true),
  ...affinity('Deployment'),
  ...affinity('StatefulSet'),
  ...['Deployment', 'StatefulSet'].map(kind => ({
    group: 'apps',
    kind,
    path: 'spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels',
  })),
  { group: 'batch', kind: 'Job', path: 'spec/selector/matchLabels' },
  { group: 'batch', kind: 'CronJob', path: 'spec/jobTemplate/spec/selector/matchLabels' },
  { group: 'policy', kind: 'PodDisruptionBudget', path: 'spec/selector/matchLabels' },
  { group: 'networking.k8s.io', kind: 'NetworkPolicy', path: 'spec/podSelector/matchLabels' },
  ...['ingress/from', 'egress/to'].map(side => ({
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
    path: `spec/${side}/podSelector/matchLabels`,
  })),
]

export const metadataLabels: readonly FieldSpec[] = labels
/** For `labels` with includeTemplates. */
export const templateLabels: readonly FieldSpec[] = [...labels, ...templates('labels'), ...volumeClaimLabels]
/** For `commonLabels`, and `labels` with includeSelectors. */
export const commonLabels: readonly FieldSpec[] = [
  ...labels,
  ...templates('labels'),
  ...volumeClaimLabels,
  ...selectors,
]

export const commonAnnotations: readonly FieldSpec[] = [
  { path: 'metadata/annotations', create: true },
  ...templates('annotations'),
]

export const replicas: readonly FieldSpec[] = [
  'Deployment',
  'ReplicationController',
  'ReplicaSet',
  'StatefulSet',
].map(kind => ({ kind, path: 'spec/replicas', create: true }))

/** Namespaces inside of objects that name a Service. */
export const serviceNamespaces: readonly FieldSpec[] = [
  ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map(kind => ({
    kind,
    path: 'webhooks/clientConfig/service/namespace',
  })),
  { kind: 'APIService', path: 'spec/service/namespace' },
  { kind: 'CustomResourceDefinition', path: 'spec/conversion/webhook/clientConfig/service/namespace' },
]
