import { createEnvironment } from '../../languages/cel/environment.ts'
import { compile, type Compilation } from '../../languages/cel/program.ts'
import {
  boolType,
  dynType,
  type Field,
  formatType,
  listOf,
  mapOf,
  objectType,
  opaqueType,
  stringType,
  type Type,
} from '../../languages/cel/type.ts'

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

const environment = createEnvironment({
  object: dynType,
  oldObject: dynType,
  request: admissionRequestType,
  authorizer: opaqueType('kubernetes.authorization.Authorizer'),
  'authorizer.requestResource': opaqueType('kubernetes.authorization.ResourceCheck'),
})

/** A match condition of a webhook, compiled; `problem` is worded as upstream words it. */
export function compileMatchCondition(expression: string): Compilation {
  const compilation = compile(expression.trim(), environment)
  const { program, problem } = compilation
  if (problem !== undefined) return { problem: `compilation failed: ${problem}` }
  if (program.type.kind !== 'bool')
    return { problem: `must evaluate to bool but got ${formatType(program.type)}` }
  return compilation
}
