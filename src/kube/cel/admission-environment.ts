import type { Environment } from '../../languages/cel/environment.ts'
import {
  boolType,
  dynType,
  type Field,
  intType,
  listOf,
  mapOf,
  objectType,
  opaqueType,
  stringType,
  timestampType,
  type Type,
} from '../../languages/cel/type.ts'
import { kubernetesEnvironment, patchingEnvironment } from './environment.ts'

const object = (name: string, fields: Readonly<Record<string, Type>>): Type =>
  objectType(
    name,
    new Map<string, Field>(Object.entries(fields).map(([jsonName, type]) => [jsonName, { jsonName, type }])),
  )

const groupVersionKind = object('kubernetes.GroupVersionKind', {
  group: stringType,
  version: stringType,
  kind: stringType,
})
const groupVersionResource = object('kubernetes.GroupVersionResource', {
  group: stringType,
  version: stringType,
  resource: stringType,
})
const userInfo = object('kubernetes.UserInfo', {
  username: stringType,
  uid: stringType,
  groups: listOf(stringType),
  extra: mapOf(stringType, listOf(stringType)),
})

/** `request` in expressions: admission.k8s.io/v1 AdmissionRequest without its objects. */
export const admissionRequestType = object('kubernetes.AdmissionRequest', {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: stringType,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: stringType,
  name: stringType,
  namespace: stringType,
  operation: stringType,
  userInfo,
  dryRun: boolType,
  options: dynType,
})

const namespaceCondition = object('kubernetes.NamespaceCondition', {
  status: stringType,
  type: stringType,
  lastTransitionTime: timestampType,
  message: stringType,
  reason: stringType,
})

/** `namespaceObject` in expressions: the fields of a Namespace that upstream shows, by upstream's spelling. */
const namespaceType = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    name: stringType,
    generateName: stringType,
    namespace: stringType,
    labels: mapOf(stringType, stringType),
    annotations: mapOf(stringType, stringType),
    UID: stringType,
    creationTimestamp: timestampType,
    deletionGracePeriodSeconds: intType,
    deletionTimestamp: timestampType,
    generation: intType,
    resourceVersion: stringType,
    finalizers: listOf(stringType),
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: listOf(stringType) }),
  status: object('kubernetes.NamespaceStatus', { conditions: listOf(namespaceCondition), phase: stringType }),
})

/** What an expression of admission may use beyond the request; types are `dyn` where none is given. */
export interface AdmissionNames {
  readonly object?: Type
  /** Absent where there is no `params`. */
  readonly params?: Type | undefined
  /** Absent where there is no `variables`. */
  readonly variables?: Type | undefined
  /** Whether expressions may make the objects of patches. */
  readonly patches?: boolean
  /** Whether there is `authorizer`, and the check of the request's own resource. */
  readonly authorizer: boolean
}

/** The environment of match conditions and of the expressions of admission policies. */
export const admissionEnvironment = (names: AdmissionNames): Environment =>
  (names.patches ? patchingEnvironment : kubernetesEnvironment)({
    object: names.object ?? dynType,
    oldObject: names.object ?? dynType,
    namespaceObject: namespaceType,
    request: admissionRequestType,
    ...(names.params ? { params: names.params } : {}),
    ...(names.variables ? { variables: names.variables } : {}),
    ...(names.authorizer
      ? {
          authorizer: opaqueType('kubernetes.authorization.Authorizer'),
          'authorizer.requestResource': opaqueType('kubernetes.authorization.ResourceCheck'),
        }
      : {}),
  })
