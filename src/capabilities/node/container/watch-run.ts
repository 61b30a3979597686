import type { Container } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import { failureMessage, type ProbeType } from '../probes/probe-state.ts'
import { startProbes } from '../probes/start-probes.ts'
import type { ContainerRun } from './container-run.ts'
import { runHook } from './hooks.ts'

/** A program without probes is looked at once, when it should be listening. */
const LOOK_AFTER_MS = 2000

/** What watching a container leads to. */
export interface RunWatcher {
  warn(reason: string, message: string): void
  /** Whether it serves, by its readiness probe or for want of one. */
  passing(isPassing: boolean): void
  /** Its startup probe has succeeded. */
  started(): void
  /** It has to end: its postStart hook has failed (undefined), or the probe. */
  condemned(by: 'liveness' | 'startup' | undefined): void
  probeFailed(type: ProbeType): void
  /** A moment at which it may listen. */
  look(): void
}

/** Runs a container's postStart hook, then its probes, until the run is over. */
export async function watchRun(
  run: ContainerRun,
  { container, clock }: { container: Container; clock: Clock },
  watcher: RunWatcher,
): Promise<void> {
  const { startCommand, address } = run
  const { signal } = run.over
  const place = { container, startCommand, address, clock, signal }
  const { postStart } = container.lifecycle ?? {}
  if (postStart) {
    const why = await runHook(postStart, place)
    if (signal.aborted) return
    if (why) {
      watcher.warn('FailedPostStartHook', `PostStartHook failed: ${why}`)
      watcher.condemned(undefined)
      return
    }
  }
  if (!container.readinessProbe) watcher.passing(true)
  startProbes({
    ...place,
    failed(type, message) {
      if (signal.aborted) return
      watcher.probeFailed(type)
      watcher.warn('Unhealthy', failureMessage(type, message))
      watcher.look()
    },
    verdict(type, ok) {
      if (type === 'readiness') watcher.passing(ok)
      else if (!ok) watcher.condemned(type)
      else if (type === 'startup') watcher.started()
      if (ok) watcher.look()
    },
  })
  const timer = clock.after(LOOK_AFTER_MS, () => watcher.look())
  signal.addEventListener('abort', () => timer[Symbol.dispose](), { once: true })
}
