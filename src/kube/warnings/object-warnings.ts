import type { CronJob, Job } from '../generated/batch-v1.ts'
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PodTemplateSpec,
  ReplicationController,
  Service,
} from '../generated/core-v1.ts'
import type { CSIDriver } from '../generated/storage-v1.ts'
import type { Kind } from '../kind.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import type { KubeObject } from '../object.ts'
import { hasFraction } from '../quantity.ts'
import { formatWarnings } from './format-warnings.ts'
import { podWarnings } from './pod-warnings.ts'

/** Kinds whose pods are named after them. */
const namingPods = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'])

/**
 * What upstream warns of in an object that it takes, in its words. An object that has pods made of it is looked at again
 * when what it wants changes.
 */
export function objectWarnings(
  { group, kind }: Pick<Kind, 'group' | 'kind'>,
  object: KubeObject,
  previous: KubeObject | undefined,
): string[] {
  if (group === 'apiextensions.k8s.io') return formatWarnings(object, previous)
  const own = byKind[group]?.[kind]
  if (!own) return []
  if (!previous) return [...nameWarnings(kind, object.metadata.name), ...own(object)]
  if (kind === 'Pod') return []
  const isSame = object.metadata.generation === previous.metadata.generation
  return isSame && object.metadata.generation !== undefined ? [] : own(object)
}

function nameWarnings(kind: string, name: string): string[] {
  const where = kind === 'Pod' ? "the Pod's hostname" : namingPods.has(kind) ? 'Pod names and hostnames' : ''
  if (where === '') return []
  const isDotted = name.includes('.') && dnsSubdomainProblems(name).length === 0
  const problems = isDotted ? [...tooLongAsLabel(name), 'must not contain dots'] : dnsLabelProblems(name)
  return problems.length === 0
    ? []
    : [
        `metadata.name: this is used in ${where}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
      ]
}

const tooLongAsLabel = (name: string) =>
  dnsLabelProblems(name).filter(text => text.startsWith('must be no more'))

type Check = (object: KubeObject) => string[]

/** The table says which kind's objects a function gets. */
const of =
  <T>(check: (object: T) => string[]): Check =>
  object =>
    check(object as T)

const template = of(({ spec }: { spec?: { template?: PodTemplateSpec } }) =>
  spec?.template ? podWarnings('spec.template.', spec.template) : [],
)

const byKind: Readonly<Record<string, Readonly<Record<string, Check | undefined>> | undefined>> = {
  '': {
    Pod: of((pod: PodTemplateSpec) => podWarnings('', pod)),
    ReplicationController: of(({ spec }: ReplicationController) =>
      spec?.template ? podWarnings('spec.template.', spec.template) : [],
    ),
    PersistentVolume: of(volumeWarnings),
    PersistentVolumeClaim: of(claimWarnings),
    Service: of(serviceWarnings),
  },
  apps: {
    DaemonSet: template,
    Deployment: template,
    ReplicaSet: template,
    StatefulSet: object => [...template(object), ...of(historyWarnings)(object)],
  },
  batch: {
    CronJob: of(({ spec }: CronJob) =>
      spec?.jobTemplate?.spec?.template
        ? podWarnings('spec.jobTemplate.spec.template.', spec.jobTemplate.spec.template)
        : [],
    ),
    Job: of(({ spec }: Job) => (spec?.template ? podWarnings('spec.template.', spec.template) : [])),
  },
  'storage.k8s.io': {
    CSIDriver: of(({ spec }: CSIDriver) =>
      spec?.tokenRequests?.length && spec.serviceAccountTokenInSecrets === undefined
        ? [
            'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
          ]
        : [],
    ),
  },
}

const historyWarnings = ({ spec }: { spec?: { revisionHistoryLimit?: number } }): string[] =>
  (spec?.revisionHistoryLimit ?? 0) < 0
    ? [
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      ]
    : []

const volumeAnnotations: Readonly<Record<string, string>> = {
  'volume.beta.kubernetes.io/storage-class':
    'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
}

function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  return [
    ...Object.entries(volumeAnnotations).flatMap(([key, why]) =>
      metadata.annotations?.[key] === undefined ? [] : [`metadata.annotations[${key}]: ${why}`],
    ),
    ...(spec?.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
  ]
}

function claimWarnings({ spec }: PersistentVolumeClaim): string[] {
  return (['requests', 'limits'] as const).flatMap(which => {
    const amount = spec?.resources?.[which]?.['storage']
    return amount !== undefined && hasFraction(String(amount))
      ? [
          `spec.resources.${which}[storage]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
        ]
      : []
  })
}

function serviceWarnings({ metadata, spec }: Service): string[] {
  if (!spec) return []
  const { clusterIP, externalIPs = [], loadBalancerIP, sessionAffinity, type } = spec
  const found: string[] = []
  if (metadata.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined)
    found.push(
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    )
  if (type !== 'ExternalName' && clusterIP === 'None') {
    if (loadBalancerIP) found.push('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs.length > 0) found.push('spec.externalIPs is ignored for headless services')
    if (sessionAffinity !== undefined && sessionAffinity !== 'None')
      found.push('spec.SessionAffinity is ignored for headless services')
  } else if (externalIPs.length > 0 && type !== 'ExternalName')
    found.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  if (spec.trafficDistribution === 'PreferClose')
    found.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  return found
}
