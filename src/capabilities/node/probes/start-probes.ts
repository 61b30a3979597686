import type { Container, Probe } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { StartCommand } from '../container/container-command.ts'
import { runCommand } from '../container/run-command.ts'
import { checkHttp, checkTcp } from './check.ts'
import { checkGrpc } from './check-grpc.ts'
import { type CheckResult, type ProbeType, probeTimes } from './probe-state.ts'
import { runProbe } from './probe-worker.ts'

interface ProbedContainer {
  container: Container
  startCommand: StartCommand
  address: string
  clock: Clock
  signal: AbortSignal
  /** A check counted as failed. */
  failed(type: ProbeType, message: string): void
  verdict(type: ProbeType, ok: boolean): void
}

/** Runs the probes of a container until the signal aborts: the others wait for the startup probe to succeed. */
export function startProbes(target: ProbedContainer): void {
  const { container } = target
  const others = () => {
    if (container.readinessProbe) start(target, 'readiness', container.readinessProbe)
    if (container.livenessProbe) start(target, 'liveness', container.livenessProbe)
  }
  if (!container.startupProbe) others()
  else start(target, 'startup', container.startupProbe, ok => ok && others())
}

function start(target: ProbedContainer, type: ProbeType, probe: Probe, then?: (ok: boolean) => void): void {
  const { clock, signal } = target
  void runProbe(
    {
      type,
      probe,
      clock,
      check: () => check(probe, target).catch(error => ({ ok: false, message: (error as Error).message })),
      verdict: ok => {
        target.verdict(type, ok)
        then?.(ok)
      },
      failed: message => target.failed(type, message),
    },
    signal,
  )
}

async function check(probe: Probe, target: ProbedContainer): Promise<CheckResult> {
  const { container, startCommand, address, clock, signal } = target
  const { timeoutMs } = probeTimes(probe)
  if (probe.httpGet) return checkHttp(probe.httpGet, { container, address, timeoutMs, clock })
  if (probe.tcpSocket) return checkTcp(probe.tcpSocket, { container, address, timeoutMs, clock })
  if (probe.grpc) return checkGrpc(probe.grpc, { container, address, timeoutMs, clock })
  if (!probe.exec) return { ok: true }
  const command = probe.exec.command ?? []
  const result = await runCommand(command, startCommand, { clock, timeoutMs, signal })
  switch (result.kind) {
    case 'failed':
      return { ok: false, message: result.message }
    case 'timeout':
      return {
        ok: false,
        message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`,
      }
    case 'exited':
      return result.exitCode === 0
        ? { ok: true }
        : { ok: false, message: result.output || `command exited with ${result.exitCode}` }
  }
}
