import type { Container, EnvVar, EnvVarSource } from '../generated/core-v1.ts'
import { dnsLabelProblems, envNameProblems, portNameProblems, portNumberProblems } from '../names.ts'
import { duplicate, invalidValue, notFoundValue, required } from '../schema/field-error.ts'
import { checkHandler, checkProbe } from './probe.ts'
import { checkResources } from './resources.ts'
import type { Rules } from './rules.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

/** What containers of one pod share. */
export interface ContainerContext {
  volumes: ReadonlySet<string>
  /** Names seen so far in all lists of containers. */
  names: Set<string>
  isInit: boolean
}

export function checkContainer(
  rules: Rules,
  field: string,
  container: Container,
  context: ContainerContext,
): void {
  const { name, image } = container
  rules.name(`${field}.name`, name, dnsLabelProblems)
  if (name && context.names.has(name)) rules.add(duplicate(`${field}.name`, name))
  context.names.add(name)
  if (rules.required(`${field}.image`, image) && image !== image?.trim())
    rules.invalid(`${field}.image`, image, ['must not have leading or trailing whitespace'])
  rules.oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'])
  rules.oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
    'FallbackToLogsOnError',
    'File',
  ])
  checkPorts(rules, `${field}.ports`, container)
  checkEnvironment(rules, field, container)
  checkMounts(rules, `${field}.volumeMounts`, container, context)
  checkResources(rules, `${field}.resources`, container.resources)
  const isSidecar = container.restartPolicy === 'Always'
  if (!context.isInit || isSidecar) {
    checkProbe(rules, `${field}.livenessProbe`, container.livenessProbe, false)
    checkProbe(rules, `${field}.readinessProbe`, container.readinessProbe, true)
    checkProbe(rules, `${field}.startupProbe`, container.startupProbe, false)
  } else
    for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      if (container[key])
        rules.forbidden(`${field}.${key}`, 'may not be set for init containers without restartPolicy=Always')
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = container.lifecycle?.[hook]
    if (handler) checkHandler(rules, `${field}.lifecycle.${hook}`, handler)
  }
}

function checkPorts(rules: Rules, field: string, { ports }: Container): void {
  const names = new Set<string>()
  for (const [index, port] of (ports ?? []).entries()) {
    const at = `${field}[${index}]`
    if (port.name) {
      rules.invalid(`${at}.name`, port.name, portNameProblems(port.name))
      if (names.has(port.name)) rules.add(duplicate(`${at}.name`, port.name))
      names.add(port.name)
    }
    if (!port.containerPort) rules.add(required(`${at}.containerPort`))
    else rules.invalid(`${at}.containerPort`, port.containerPort, portNumberProblems(port.containerPort))
    if (port.hostPort) rules.invalid(`${at}.hostPort`, port.hostPort, portNumberProblems(port.hostPort))
    rules.oneOf(`${at}.protocol`, port.protocol, protocols)
  }
}

function checkEnvironment(rules: Rules, field: string, { env, envFrom }: Container): void {
  for (const [index, variable] of (env ?? []).entries())
    checkVariable(rules, `${field}.env[${index}]`, variable)
  for (const [index, source] of (envFrom ?? []).entries()) {
    const at = `${field}.envFrom[${index}]`
    if (source.configMapRef) rules.required(`${at}.configMapRef.name`, source.configMapRef.name)
    if (source.secretRef) rules.required(`${at}.secretRef.name`, source.secretRef.name)
    if (source.prefix) rules.invalid(`${at}.prefix`, source.prefix, envNameProblems(source.prefix))
    if (!source.configMapRef && !source.secretRef)
      rules.add(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (source.configMapRef && source.secretRef)
      rules.add(invalidValue(at, '', 'may not have more than one field specified at a time'))
  }
}

function checkVariable(rules: Rules, field: string, { name, value, valueFrom }: EnvVar): void {
  rules.name(`${field}.name`, name, envNameProblems)
  if (!valueFrom) return
  const at = `${field}.valueFrom`
  const count = Object.values(valueFrom).filter(source => source !== undefined).length
  if (value) rules.add(invalidValue(at, '', 'may not be specified when `value` is not empty'))
  if (count === 0)
    rules.add(
      invalidValue(
        at,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ),
    )
  else if (count > 1) rules.add(invalidValue(at, '', 'may not have more than one field specified at a time'))
  else checkSource(rules, at, valueFrom)
}

function checkSource(rules: Rules, field: string, source: EnvVarSource): void {
  const { fieldRef, resourceFieldRef } = source
  if (fieldRef && rules.required(`${field}.fieldRef.fieldPath`, fieldRef.fieldPath))
    if (!/^metadata\.(labels|annotations)\['[^']+'\]$/.test(fieldRef.fieldPath))
      rules.oneOf(`${field}.fieldRef.fieldPath`, fieldRef.fieldPath, fieldPaths)
  if (resourceFieldRef) rules.required(`${field}.resourceFieldRef.resource`, resourceFieldRef.resource)
  for (const key of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[key]
    if (!reference) continue
    rules.required(`${field}.${key}.name`, reference.name)
    rules.required(`${field}.${key}.key`, reference.key)
  }
}

function checkMounts(
  rules: Rules,
  field: string,
  { volumeMounts }: Container,
  { volumes }: ContainerContext,
): void {
  const paths = new Set<string>()
  for (const [index, mount] of (volumeMounts ?? []).entries()) {
    const at = `${field}[${index}]`
    if (rules.required(`${at}.name`, mount.name) && !volumes.has(mount.name))
      rules.add(notFoundValue(`${at}.name`, mount.name))
    if (rules.required(`${at}.mountPath`, mount.mountPath) && paths.has(mount.mountPath))
      rules.invalid(`${at}.mountPath`, mount.mountPath, ['must be unique'])
    paths.add(mount.mountPath)
    if (mount.subPath) {
      if (mount.subPath.startsWith('/'))
        rules.invalid(`${at}.subPath`, mount.subPath, ['must be a relative path'])
      if (mount.subPath.split('/').includes('..'))
        rules.invalid(`${at}.subPath`, mount.subPath, ["must not contain '..'"])
    }
  }
}
