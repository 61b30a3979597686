import type { Container, PodSpec } from '../generated/core-v1.ts'
import { dnsLabelProblems, portNameProblems, portNumberProblems } from '../names.ts'
import { duplicate, required } from '../schema/field-error.ts'
import { checkEnvironment } from './environment.ts'
import { checkHandler, checkProbe } from './probe.ts'
import { checkResources } from './resources.ts'
import type { Rules } from './rules.ts'
import { checkSecurityContext } from './security-context.ts'
import { checkMounts } from './volume-mounts.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

/** What containers of one pod share. */
export interface ContainerContext {
  volumes: ReadonlySet<string>
  /** Names seen so far in all lists of containers. */
  names: Set<string>
  isInit: boolean
  /** What the pod says of how its containers end. */
  pod: Pick<PodSpec, 'restartPolicy' | 'terminationGracePeriodSeconds'>
}

export function checkContainer(
  rules: Rules,
  field: string,
  container: Container,
  context: ContainerContext,
): void {
  const { name } = container
  rules.name(`${field}.name`, name, dnsLabelProblems)
  rules.required(`${field}.image`, container.image)
  rules.oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
    'File',
    'FallbackToLogsOnError',
  ])
  checkPorts(rules, `${field}.ports`, container)
  checkEnvironment(rules, field, container)
  checkMounts(rules, `${field}.volumeMounts`, container, context.volumes)
  rules.oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'])
  checkResources(rules, `${field}.resources`, container.resources)
  checkResizing(rules, `${field}.resizePolicy`, container, context.pod)
  checkSecurityContext(rules, `${field}.securityContext`, container.securityContext)
  if (context.names.has(name)) rules.add(duplicate(`${field}.name`, name))
  context.names.add(name)
  const isSidecar = container.restartPolicy === 'Always'
  if (!context.isInit || isSidecar) checkLife(rules, field, container, context.pod)
  else
    for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      if (container[key])
        rules.forbidden(`${field}.${key}`, 'may not be set for init containers without restartPolicy=Always')
  if (container.restartPolicy !== undefined)
    rules.among(`${field}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure'])
}

function checkLife(
  rules: Rules,
  field: string,
  container: Container,
  { terminationGracePeriodSeconds: grace }: Pick<PodSpec, 'terminationGracePeriodSeconds'>,
): void {
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = container.lifecycle?.[hook]
    if (handler) checkHandler(rules, `${field}.lifecycle.${hook}`, handler, grace)
  }
  checkProbe(rules, `${field}.livenessProbe`, container.livenessProbe, false)
  checkProbe(rules, `${field}.readinessProbe`, container.readinessProbe, true)
  checkProbe(rules, `${field}.startupProbe`, container.startupProbe, false)
}

/** Of each resource one policy; a pod that is never restarted cannot ask for it. */
function checkResizing(
  rules: Rules,
  field: string,
  { resizePolicy }: Container,
  { restartPolicy: podPolicy }: Pick<PodSpec, 'restartPolicy'>,
): void {
  const seen = new Set<string>()
  for (const [index, { resourceName, restartPolicy }] of (resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) rules.add(duplicate(`${field}[${index}]`, resourceName))
    seen.add(resourceName)
    rules.oneOf(field, resourceName, ['cpu', 'memory'])
    rules.oneOf(field, restartPolicy, ['NotRequired', 'RestartContainer'])
    if (podPolicy === 'Never' && restartPolicy !== 'NotRequired')
      rules.invalid(field, restartPolicy, ["must be 'NotRequired' when pod `restartPolicy` is 'Never'"])
  }
}

function checkPorts(rules: Rules, field: string, { ports }: Container): void {
  const names = new Set<string>()
  for (const [index, port] of (ports ?? []).entries()) {
    const at = `${field}[${index}]`
    if (port.name) {
      const problems = portNameProblems(port.name)
      rules.invalid(`${at}.name`, port.name, problems)
      if (names.has(port.name)) rules.add(duplicate(`${at}.name`, port.name))
      if (problems.length === 0) names.add(port.name)
    }
    if (!port.containerPort) rules.add(required(`${at}.containerPort`))
    else rules.invalid(`${at}.containerPort`, port.containerPort, portNumberProblems(port.containerPort))
    if (port.hostPort) rules.invalid(`${at}.hostPort`, port.hostPort, portNumberProblems(port.hostPort))
    rules.oneOf(`${at}.protocol`, port.protocol, protocols)
  }
}
