import type { AdmissionRequest } from '../admission.ts'
import type { Core } from './core.ts'

/**
 * Runs the mutating half of the admission chain; yields its warnings. Waits only where a plugin does, so that a
 * write that nobody looks at stays in one turn of the event loop.
 */
export async function mutate(core: Core, request: AdmissionRequest): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const plugin of core.admission) {
    if (!plugin.mutate || !plugin.handles(request)) continue
    const found = plugin.mutate(request)
    const given = found instanceof Promise ? await found : found
    if (given) warnings.push(...given)
  }
  return warnings
}

/** Runs the validating half; yields its warnings. */
export async function validate(core: Core, request: AdmissionRequest): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const plugin of core.admission) {
    if (!plugin.validate || !plugin.handles(request)) continue
    const found = plugin.validate(request)
    const given = found instanceof Promise ? await found : found
    if (given) warnings.push(...given)
  }
  return warnings
}
