import { copyJson } from '../../../../kube/copy.ts'
import { parseApiVersion } from '../../../../kube/kind.ts'
import type { Manifest, ManifestObject } from '../../../../kube/manifest.ts'

export interface Identity {
  kind: string
  name: string
  namespace: string
}

/** One object on its way through a build, with what it was called before: references are fixed at the end by these. */
export interface Resource {
  object: ManifestObject
  file: string
  line: number
  /** What it was called before each change of name or namespace, oldest first. */
  previous: Identity[]
  prefixes: string[]
  suffixes: string[]
  /** Made by a generator: its name gets a hash of its content. */
  needsHash: boolean
}

export const resourceOf = ({ object, file, line }: Manifest): Resource => ({
  object: copyJson(object),
  file,
  line,
  previous: [],
  prefixes: [],
  suffixes: [],
  needsHash: false,
})

export const groupOf = (resource: Resource): string => parseApiVersion(resource.object.apiVersion).group
export const versionOf = (resource: Resource): string => parseApiVersion(resource.object.apiVersion).version
export const nameOf = (resource: Resource): string => resource.object.metadata.name ?? ''
export const namespaceOf = (resource: Resource): string => resource.object.metadata.namespace ?? ''

export const identityOf = (resource: Resource): Identity => ({
  kind: resource.object.kind,
  name: nameOf(resource),
  namespace: namespaceOf(resource),
})

/** What it was called at first. */
export const originalOf = (resource: Resource): Identity => resource.previous[0] ?? identityOf(resource)

/** `apps/Deployment prod/web`, for messages. */
export const describe = (resource: Resource): string => {
  const group = groupOf(resource)
  const namespace = namespaceOf(resource)
  return `${group === '' ? '' : `${group}/`}${resource.object.kind} ${namespace === '' ? '' : `${namespace}/`}${nameOf(resource)}`
}

export const setName = (resource: Resource, name: string): void => {
  if (name === nameOf(resource)) return
  resource.previous.push(identityOf(resource))
  resource.object.metadata.name = name
}

export const setNamespace = (resource: Resource, namespace: string): void => {
  if (namespace === namespaceOf(resource)) return
  resource.previous.push(identityOf(resource))
  resource.object.metadata.namespace = namespace
}

/** Kinds without a namespace; kustomize takes every kind it does not know as namespaced. */
const clusterScoped = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ComponentStatus',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'SelfSubjectAccessReview',
  'SelfSubjectRulesReview',
  'StorageClass',
  'SubjectAccessReview',
  'TokenReview',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
])
const builtinGroups = /^$|^(apps|batch|autoscaling|policy|extensions)$|\.k8s\.io$/

export const isClusterScoped = (resource: Resource): boolean =>
  clusterScoped.has(resource.object.kind) && builtinGroups.test(groupOf(resource))
