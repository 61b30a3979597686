import type { ExecAction, GRPCAction, HTTPGetAction, Probe, TCPSocketAction } from '../generated/core-v1.ts'
import type { Rules } from './rules.ts'

interface Handler {
  exec?: ExecAction | undefined
  httpGet?: HTTPGetAction | undefined
  tcpSocket?: TCPSocketAction | undefined
  grpc?: GRPCAction | undefined
  sleep?: unknown
}

/** Exactly one action, and what it needs: of probes and lifecycle hooks. */
export function checkHandler(rules: Rules, field: string, handler: Handler): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  const count = [exec, httpGet, tcpSocket, grpc, sleep].filter(action => action !== undefined).length
  if (count === 0) {
    rules.required(field, undefined, 'must specify a handler type')
    return
  }
  if (count > 1) rules.forbidden(field, 'may not specify more than 1 handler type')
  if (exec) rules.required(`${field}.exec.command`, exec.command)
  if (httpGet) {
    rules.required(`${field}.httpGet.path`, httpGet.path)
    rules.port(`${field}.httpGet.port`, httpGet.port)
    rules.oneOf(`${field}.httpGet.scheme`, httpGet.scheme, ['HTTP', 'HTTPS'])
  }
  if (tcpSocket) rules.port(`${field}.tcpSocket.port`, tcpSocket.port)
  if (grpc) rules.port(`${field}.grpc.port`, grpc.port)
}

export function checkProbe(
  rules: Rules,
  field: string,
  probe: Probe | undefined,
  isReadiness: boolean,
): void {
  if (!probe) return
  checkHandler(rules, field, probe)
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const)
    rules.notNegative(`${field}.${name}`, probe[name])
  if (!isReadiness && probe.successThreshold !== undefined && probe.successThreshold !== 1)
    rules.invalid(`${field}.successThreshold`, probe.successThreshold, ['must be 1'])
}
