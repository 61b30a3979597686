import type { Container, PodSpec, PodTemplateSpec } from '../generated/core-v1.ts'
import { hasFraction } from '../quantity.ts'
import { portWarnings } from './port-warnings.ts'

type Metadata = PodTemplateSpec['metadata']

/** Labels of nodes that have other names by now. */
const deprecatedNodeLabels: Readonly<Record<string, string | undefined>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

const deprecatedVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
}

/** A container of a pod, and where it stands: `spec.containers[0]`. */
export interface PlacedContainer {
  readonly at: string
  readonly container: Container
}

/** What upstream warns of in a pod (`prefix` is empty) or a template (`spec.template.`), in its order and words. */
export function podWarnings(prefix: string, { metadata, spec }: PodTemplateSpec): string[] {
  if (!spec) return []
  const at = `${prefix}spec`
  const containers = placed(at, spec)
  return [
    ...placementWarnings(at, spec),
    ...Object.entries(deprecatedAnnotations).flatMap(([key, why]) =>
      metadata?.annotations?.[key] === undefined ? [] : [`${prefix}metadata.annotations[${key}]: ${why}`],
    ),
    ...volumeWarnings(at, spec),
    ...emptyProjections(spec),
    ...repeated(`${at}.hostAliases`, 'ip', spec.hostAliases),
    ...repeated(`${at}.imagePullSecrets`, 'name', spec.imagePullSecrets),
    ...emptySecretNames(at, spec),
    ...fractions(`${at}.overhead`, spec.overhead),
    ...profileWarnings(prefix, metadata, spec, containers),
    ...containers.flatMap(containerWarnings),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(at, spec),
  ]
}

function placed(at: string, spec: PodSpec): PlacedContainer[] {
  const of = (name: 'initContainers' | 'containers') =>
    (spec[name] ?? []).map((container, index) => ({ at: `${at}.${name}[${index}]`, container }))
  return [...of('initContainers'), ...of('containers')]
}

function placementWarnings(at: string, spec: PodSpec): string[] {
  const selectors = Object.keys(spec.nodeSelector ?? {}).flatMap(key => {
    const why = deprecatedNodeLabels[key]
    return why ? [`${at}.nodeSelector[${key}]: ${why}`] : []
  })
  const spreads = (spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
    const field = `${at}.topologySpreadConstraints[${index}]`
    const why = deprecatedNodeLabels[topologyKey ?? '']
    return [
      ...(why ? [`${field}.topologyKey: ${topologyKey} is ${why}`] : []),
      ...(labelSelector ? [] : [matchesNone(`${field}.labelSelector`)]),
    ]
  })
  return [...selectors, ...spreads]
}

const matchesNone = (field: string) => `${field}: a null labelSelector results in matching no pod`

const volumeWarnings = (at: string, spec: PodSpec): string[] =>
  (spec.volumes ?? []).flatMap((volume, index) =>
    Object.entries(deprecatedVolumes).flatMap(([type, why]) =>
      Object.hasOwn(volume, type) ? [`${at}.volumes[${index}].${type}: ${why}`] : [],
    ),
  )

/** Upstream says it once for each source that is none. */
const emptyProjections = ({ volumes = [] }: PodSpec): string[] =>
  volumes.flatMap(({ name, projected }) =>
    (projected?.sources ?? []).flatMap(source =>
      Object.values(source).every(value => value === undefined)
        ? [`volume ${JSON.stringify(name)} (Projected) has no sources provided`]
        : [],
    ),
  )

function repeated<K extends string>(
  at: string,
  key: K,
  items: readonly { readonly [name in K]?: string | undefined }[] = [],
): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const value = item[key] ?? ''
    if (seen.has(value)) return [`${at}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`]
    seen.add(value)
    return []
  })
}

const emptySecretNames = (at: string, spec: PodSpec): string[] =>
  (spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
    name ? [] : [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`],
  )

/** Bytes come in whole numbers. */
const fractions = (at: string, amounts: Readonly<Record<string, unknown>> = {}): string[] =>
  ['memory', 'ephemeral-storage'].flatMap(name => {
    const amount = amounts[name]
    return amount !== undefined && hasFraction(String(amount))
      ? [`${at}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`]
      : []
  })

/** Annotations of old where a field says it by now. */
function profileWarnings(
  prefix: string,
  metadata: Metadata,
  { securityContext }: PodSpec,
  containers: readonly PlacedContainer[],
): string[] {
  const annotations = metadata?.annotations ?? {}
  const warn = (key: string, since: string, field: string) =>
    annotations[key] === undefined
      ? []
      : [`${prefix}metadata.annotations[${key}]: ${since}; use the "${field}" field instead`]
  const unused = 'non-functional in v1.27+'
  return [
    ...(securityContext?.seccompProfile
      ? []
      : warn('seccomp.security.alpha.kubernetes.io/pod', unused, 'seccompProfile')),
    ...containers.flatMap(({ container: { name, securityContext: own } }) => [
      ...(own?.seccompProfile
        ? []
        : warn(`container.seccomp.security.alpha.kubernetes.io/${name}`, unused, 'seccompProfile')),
      ...(own?.appArmorProfile || securityContext?.appArmorProfile
        ? []
        : warn(
            `container.apparmor.security.beta.kubernetes.io/${name}`,
            'deprecated since v1.30',
            'appArmorProfile',
          )),
    ]),
  ]
}

function containerWarnings({ at, container }: PlacedContainer): string[] {
  const { limits, requests } = container.resources ?? {}
  const defined = new Set<string>()
  return [
    ...fractions(`${at}.resources.limits`, limits),
    ...fractions(`${at}.resources.requests`, requests),
    ...(container.env ?? []).flatMap(({ name, value = '', valueFrom }, index) => {
      if (!defined.has(name)) {
        defined.add(name)
        return []
      }
      // What builds on the value before it does not hide it.
      const reference = `$(${name})`
      if (!valueFrom && value !== reference && value.includes(reference)) return []
      return [
        `${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      ]
    }),
  ]
}

function affinityWarnings(at: string, { affinity }: PodSpec): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap(kind => {
    const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = affinity?.[kind] ?? {}
    const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = affinity?.[kind] ?? {}
    const field = `${at}.affinity.${kind}`
    return [
      ...required.flatMap(({ labelSelector }, index) =>
        labelSelector
          ? []
          : [matchesNone(`${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector`)],
      ),
      ...preferred.flatMap(({ podAffinityTerm }, index) =>
        podAffinityTerm?.labelSelector
          ? []
          : [
              matchesNone(
                `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector`,
              ),
            ],
      ),
    ]
  })
}
