import type { Container, LifecycleHandler } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import { checkHttp } from '../probes/check.ts'
import type { StartCommand } from './container-command.ts'
import { runCommand } from './run-command.ts'

/** A postStart hook may take as long as it wants; this only keeps a number for timers. */
const NO_LIMIT_MS = 24 * 3_600_000

interface HookPlace {
  container: Container
  startCommand: StartCommand
  address: string
  clock: Clock
  signal: AbortSignal
}

/** Runs a postStart or preStop hook. Resolves to why it failed, or undefined. */
export async function runHook(handler: LifecycleHandler, place: HookPlace): Promise<string | undefined> {
  const { container, startCommand, address, clock, signal } = place
  if (handler.exec) {
    const command = handler.exec.command ?? []
    const result = await runCommand(command, startCommand, { clock, timeoutMs: NO_LIMIT_MS, signal })
    if (result.kind === 'failed') return result.message
    if (result.kind === 'timeout') return `command '${command.join(' ')}' timed out`
    if (result.exitCode === 0) return undefined
    return `command '${command.join(' ')}' exited with ${result.exitCode}: ${result.output}`
  }
  if (handler.httpGet) {
    const result = await checkHttp(handler.httpGet, {
      container,
      address,
      timeoutMs: NO_LIMIT_MS,
      clock,
      signal,
    })
    return result.ok ? undefined : result.message
  }
  // The API takes it from old manifests; the kubelet runs no such hook either.
  if (handler.tcpSocket) return 'Cannot run handler: tcpSocket is none for a hook'
  if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000, signal).catch(() => {})
  return undefined
}
