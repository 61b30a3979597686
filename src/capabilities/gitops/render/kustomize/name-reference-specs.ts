import type { FieldSpec } from './field-spec.ts'

/** Fields that hold the name of an object of one kind. */
export interface NameReference {
  kind: string
  group?: string
  /** The reference names its target's kind in a sibling field, which must agree. */
  fields: readonly FieldSpec[]
}

/** Where a pod's spec stands in each kind that has one. */
const podSpecs: readonly FieldSpec[] = [
  { kind: 'Pod', version: 'v1', path: 'spec' },
  { kind: 'ReplicationController', version: 'v1', path: 'spec/template/spec' },
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'].map(kind => ({
    kind,
    path: 'spec/template/spec',
  })),
  { kind: 'CronJob', path: 'spec/jobTemplate/spec/template/spec' },
]
const inPods = (...paths: string[]): FieldSpec[] =>
  podSpecs.flatMap(spec => paths.map(path => ({ ...spec, path: `${spec.path}/${path}` })))
const inContainers = (...paths: string[]): string[] =>
  ['containers', 'initContainers'].flatMap(list => paths.map(path => `${list}/${path}`))

const rbac = 'rbac.authorization.k8s.io'
const webhooks = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
const scaleTarget: FieldSpec = { kind: 'HorizontalPodAutoscaler', path: 'spec/scaleTargetRef/name' }

/** Kustomize's default name references (its documentation, "nameReference"). */
export const nameReferences: readonly NameReference[] = [
  { kind: 'Deployment', fields: [scaleTarget] },
  { kind: 'ReplicationController', fields: [scaleTarget] },
  { kind: 'ReplicaSet', fields: [scaleTarget] },
  { kind: 'StatefulSet', fields: [scaleTarget] },
  {
    kind: 'ConfigMap',
    group: '',
    fields: [
      ...inPods(
        'volumes/configMap/name',
        'volumes/projected/sources/configMap/name',
        ...inContainers('env/valueFrom/configMapKeyRef/name', 'envFrom/configMapRef/name'),
      ),
      { kind: 'Node', path: 'spec/configSource/configMap/name' },
      { kind: 'Role', group: rbac, path: 'rules/resourceNames[]' },
      { kind: 'ClusterRole', group: rbac, path: 'rules/resourceNames[]' },
      { kind: 'Ingress', path: 'metadata/annotations/nginx.ingress.kubernetes.io~1fastcgi-params-configmap' },
    ],
  },
  {
    kind: 'Secret',
    group: '',
    fields: [
      ...inPods(
        'volumes/secret/secretName',
        'volumes/projected/sources/secret/name',
        'imagePullSecrets/name',
        ...inContainers('env/valueFrom/secretKeyRef/name', 'envFrom/secretRef/name'),
      ),
      { kind: 'ServiceAccount', path: 'imagePullSecrets/name' },
      { kind: 'ServiceAccount', path: 'secrets/name' },
      { kind: 'Ingress', path: 'spec/tls/secretName' },
      ...['auth-secret', 'auth-tls-secret', 'proxy-ssl-secret'].map(name => ({
        kind: 'Ingress',
        path: `metadata/annotations/nginx.ingress.kubernetes.io~1${name}`,
      })),
      { kind: 'StorageClass', path: 'parameters/adminSecretName' },
      { kind: 'StorageClass', path: 'parameters/userSecretName' },
      { kind: 'Role', group: rbac, path: 'rules/resourceNames[]' },
      { kind: 'ClusterRole', group: rbac, path: 'rules/resourceNames[]' },
    ],
  },
  {
    kind: 'Service',
    group: '',
    fields: [
      { kind: 'StatefulSet', group: 'apps', path: 'spec/serviceName' },
      { kind: 'Ingress', path: 'spec/rules/http/paths/backend/serviceName' },
      { kind: 'Ingress', path: 'spec/backend/serviceName' },
      { kind: 'Ingress', path: 'spec/rules/http/paths/backend/service/name' },
      { kind: 'Ingress', path: 'spec/defaultBackend/service/name' },
      { kind: 'APIService', path: 'spec/service/name' },
      ...webhooks.map(kind => ({ kind, path: 'webhooks/clientConfig/service/name' })),
      { kind: 'CustomResourceDefinition', path: 'spec/conversion/webhook/clientConfig/service/name' },
    ],
  },
  {
    kind: 'Role',
    group: rbac,
    fields: [{ kind: 'RoleBinding', group: rbac, path: 'roleRef/name' }],
  },
  {
    kind: 'ClusterRole',
    group: rbac,
    fields: [
      { kind: 'RoleBinding', group: rbac, path: 'roleRef/name' },
      { kind: 'ClusterRoleBinding', group: rbac, path: 'roleRef/name' },
    ],
  },
  { kind: 'ServiceAccount', group: '', fields: inPods('serviceAccountName') },
  {
    kind: 'PersistentVolumeClaim',
    group: '',
    fields: inPods('volumes/persistentVolumeClaim/claimName'),
  },
  {
    kind: 'PersistentVolume',
    group: '',
    fields: [{ kind: 'PersistentVolumeClaim', path: 'spec/volumeName' }],
  },
  {
    kind: 'StorageClass',
    fields: [
      { kind: 'PersistentVolume', path: 'spec/storageClassName' },
      { kind: 'PersistentVolumeClaim', path: 'spec/storageClassName' },
      { kind: 'StatefulSet', path: 'spec/volumeClaimTemplates/spec/storageClassName' },
    ],
  },
  { kind: 'PriorityClass', fields: inPods('priorityClassName') },
  { kind: 'IngressClass', fields: [{ kind: 'Ingress', path: 'spec/ingressClassName' }] },
  ...['ValidatingAdmissionPolicy'].map(kind => ({
    kind,
    fields: [{ kind: 'ValidatingAdmissionPolicyBinding', path: 'spec/policyName' }],
  })),
]
