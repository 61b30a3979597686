import type { Manifest } from './manifest.ts'

export const LABELS = { 'app.kubernetes.io/name': 'drave' }
const HEALTH_PORT = 7701
/** The user `node` of Node's own images. */
const USER = 1000

export interface DeploymentOptions {
  namespace: string
  image: string
  replicas: number
  manage: readonly string[] | 'all'
  /** Port by name, as the capabilities declare their listeners. */
  ports: Readonly<Record<string, number>>
}

/** The process itself: without rights on its machine, with probes and limits, and with a place for its data. */
export function deploymentOf({ namespace, image, replicas, manage, ports }: DeploymentOptions): Manifest[] {
  const isOne = replicas === 1
  const probe = (path: string, more: object) => ({ httpGet: { path, port: 'health' }, ...more })
  const container = {
    name: 'drave',
    image,
    args: [
      'up',
      '--in-cluster',
      '--host=0.0.0.0',
      '--data-dir=/data',
      `--health-port=${HEALTH_PORT}`,
      ...(manage === 'all' ? [] : [`--namespaces=${manage.join(',')}`]),
    ],
    env: [
      { name: 'DRAVE_ADVERTISE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'HOME', value: '/tmp' },
    ],
    ports: Object.entries({ health: HEALTH_PORT, ...ports }).map(([name, containerPort]) => ({
      name,
      containerPort,
    })),
    // Not killed while an API server that is away keeps it from starting: it waits for that by itself.
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe('/readyz', { periodSeconds: 5 }),
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  }
  const spec = {
    serviceAccountName: 'drave',
    automountServiceAccountToken: true,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(isOne ? {} : { topologySpreadConstraints: [spread] }),
    containers: [container],
    volumes: [
      { name: 'data', ...(isOne ? { persistentVolumeClaim: { claimName: 'drave' } } : { emptyDir: {} }) },
      { name: 'tmp', emptyDir: {} },
    ],
  }
  return [
    ...(isOne ? [claim(namespace)] : [disruptionBudget(namespace)]),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'drave', namespace },
      spec: {
        replicas,
        // One data directory has one process.
        strategy: { type: isOne ? 'Recreate' : 'RollingUpdate' },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec },
      },
    },
  ]
}

const spread = {
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: LABELS },
}

const claim = (namespace: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'drave', namespace },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
})

const disruptionBudget = (namespace: string): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'drave', namespace },
  spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
})
