import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  Probe,
  SleepAction,
  TCPSocketAction,
} from '../generated/core-v1.ts'
import type { Rules } from './rules.ts'

interface Handler {
  exec?: ExecAction | undefined
  httpGet?: HTTPGetAction | undefined
  tcpSocket?: TCPSocketAction | undefined
  grpc?: GRPCAction | undefined
  sleep?: SleepAction | undefined
}

/** Exactly one action, and what it needs: of probes and lifecycle hooks. */
export function checkHandler(
  rules: Rules,
  field: string,
  handler: Handler,
  graceSeconds: number | undefined,
): void {
  const [first, ...more] = actions.filter(action => handler[action] !== undefined)
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  if (first === undefined) rules.required(field, undefined, 'must specify a handler type')
  if (first === 'exec') rules.required(`${field}.exec.command`, exec?.command)
  if (first === 'httpGet' && httpGet) checkHttp(rules, `${field}.httpGet`, httpGet)
  if (first === 'tcpSocket' && tcpSocket) rules.port(`${field}.tcpSocket.port`, tcpSocket.port ?? 0)
  if (first === 'grpc' && grpc) rules.port(`${field}.grpc.port`, grpc.port ?? 0)
  if (first === 'sleep' && sleep) {
    const { seconds = 0 } = sleep
    if (graceSeconds !== undefined && (seconds < 0 || seconds > graceSeconds))
      rules.invalid(`${field}.sleep`, seconds, [
        `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
      ])
  }
  for (const extra of more) rules.forbidden(`${field}.${extra}`, 'may not specify more than 1 handler type')
}

const actions = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

const headerPattern = /^[-A-Za-z0-9]+$/
const headerMessage =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"

function checkHttp(rules: Rules, field: string, { path, port, scheme, httpHeaders }: HTTPGetAction): void {
  rules.required(`${field}.path`, path)
  rules.port(`${field}.port`, port ?? 0)
  rules.among(`${field}.scheme`, scheme, ['HTTP', 'HTTPS'])
  for (const { name = '' } of httpHeaders ?? [])
    if (!headerPattern.test(name)) rules.invalid(`${field}.httpHeaders`, name, [headerMessage])
}

export function checkProbe(
  rules: Rules,
  field: string,
  probe: Probe | undefined,
  isReadiness: boolean,
): void {
  if (!probe) return
  checkHandler(rules, field, probe, undefined)
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const)
    rules.notNegative(`${field}.${name}`, probe[name])
  const { terminationGracePeriodSeconds: grace } = probe
  if (grace !== undefined) {
    const at = `${field}.terminationGracePeriodSeconds`
    rules.positive(at, grace)
    if (isReadiness) rules.invalid(at, grace, ['must not be set for readinessProbes'])
  }
  if (!isReadiness && probe.successThreshold !== undefined && probe.successThreshold !== 1)
    rules.invalid(`${field}.successThreshold`, probe.successThreshold, ['must be 1'])
}
