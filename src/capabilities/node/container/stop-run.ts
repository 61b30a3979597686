import type { Container } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { ContainerRun } from './container-run.ts'
import { runHook } from './hooks.ts'
import { stopSignalOf } from './stop-signal.ts'

interface StopInput {
  container: Container | undefined
  graceSeconds: number
  clock: Clock
  hookFailed(message: string): void
}

/** Asks a container to end: its preStop hook for as long as the grace period lasts, then its stop signal. Resolves when it has ended. */
export async function stopRun(
  run: ContainerRun,
  { container, graceSeconds, clock, hookFailed }: StopInput,
): Promise<void> {
  run.over.abort()
  const preStop = container?.lifecycle?.preStop
  if (container && preStop && graceSeconds > 0) {
    const over = new AbortController()
    const timer = clock.after(graceSeconds * 1000, () => over.abort())
    void run.ended.then(() => over.abort())
    const { startCommand, address } = run
    const why = await runHook(preStop, { container, startCommand, address, clock, signal: over.signal })
    timer[Symbol.dispose]()
    if (why) hookFailed(`PreStopHook failed: ${why}`)
  }
  run.process.signal(stopSignalOf(container))
  await run.ended
}
