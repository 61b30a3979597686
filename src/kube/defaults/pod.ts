import type {
  Container,
  HTTPGetAction,
  Lifecycle,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from '../generated/core-v1.ts'

const FILE_MODE = 0o644

/** Defaults of a pod: those of its spec, and what templates do not get. */
export function podDefaults(pod: Pod): void {
  const { spec } = pod
  if (!spec) return
  podSpecDefaults(spec)
  spec.enableServiceLinks ??= true
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const { limits } = container.resources ?? {}
    if (limits && container.resources)
      // What is limited and not requested is requested to its limit.
      container.resources.requests = { ...limits, ...container.resources.requests }
  }
  if (spec.hostNetwork)
    for (const container of spec.containers ?? [])
      for (const port of container.ports ?? []) port.hostPort ??= port.containerPort
}

export function podTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (!template) return
  // A struct in Go, so that it is never absent.
  template.spec ??= { containers: [] }
  podSpecDefaults(template.spec)
}

/** Defaults of a pod's or template's spec, as core/v1 sets them. */
export function podSpecDefaults(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always'
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.terminationGracePeriodSeconds ??= 30
  spec.securityContext ??= {}
  spec.schedulerName ??= 'default-scheduler'
  // The old and the new name of one field mirror each other.
  if (spec.serviceAccountName ?? spec.serviceAccount) {
    spec.serviceAccountName ??= spec.serviceAccount
    spec.serviceAccount = spec.serviceAccountName
  }
  for (const container of spec.initContainers ?? []) containerDefaults(container)
  for (const container of spec.containers ?? []) containerDefaults(container)
  // Ephemeral containers have the fields of containers, and more.
  for (const container of spec.ephemeralContainers ?? []) containerDefaults(container as Container)
  for (const volume of spec.volumes ?? []) volumeDefaults(volume)
}

function containerDefaults(container: Container): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image)
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  container.resources ??= {}
  for (const port of container.ports ?? []) port.protocol ??= 'TCP'
  for (const { valueFrom } of container.env ?? [])
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1'
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    if (probe) probeDefaults(probe)
  if (container.lifecycle) lifecycleDefaults(container.lifecycle)
}

const domain = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]+)?/)?`
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^${domain}${component}(?:/${component})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$`,
)
const MAX_REFERENCE_LENGTH = 255

/** `latest`, named or implied, is pulled each time; what names no image has no tag either. */
function pullPolicyOf(image = ''): string {
  if (!image.includes('@') && (!reference.test(image) || image.length > MAX_REFERENCE_LENGTH))
    return 'IfNotPresent'
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function probeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.httpGet) httpDefaults(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function lifecycleDefaults({ postStart, preStop }: Lifecycle): void {
  for (const handler of [postStart, preStop]) if (handler?.httpGet) httpDefaults(handler.httpGet)
}

function httpDefaults(action: HTTPGetAction): void {
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}

function volumeDefaults(volume: Volume): void {
  if (Object.keys(volume).every(key => key === 'name')) volume.emptyDir = {}
  const { secret, configMap, downwardAPI, projected, hostPath, ephemeral, iscsi } = volume
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference)
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (secret) secret.defaultMode ??= FILE_MODE
  if (configMap) configMap.defaultMode ??= FILE_MODE
  if (hostPath) hostPath.type ??= ''
  // A template without a spec is refused later.
  const claim: { volumeMode?: string | undefined } | undefined = ephemeral?.volumeClaimTemplate?.spec
  if (claim) claim.volumeMode ??= 'Filesystem'
  if (downwardAPI) {
    downwardAPI.defaultMode ??= FILE_MODE
    for (const { fieldRef } of downwardAPI.items ?? []) if (fieldRef) fieldRef.apiVersion ??= 'v1'
  }
  if (!projected) return
  projected.defaultMode ??= FILE_MODE
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
    for (const { fieldRef } of source.downwardAPI?.items ?? []) if (fieldRef) fieldRef.apiVersion ??= 'v1'
  }
}
