import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Core } from './core.ts'

/**
 * Runs the mutating half of the admission chain, once more where a plugin asks for it; yields its warnings. Waits
 * only where a plugin does, so that a write that nobody looks at stays in one turn of the event loop.
 */
export async function mutate(core: Core, request: AdmissionRequest): Promise<readonly string[]> {
  const warnings = await mutateOnce(core, request)
  return request.wantsReinvocation ? [...warnings, ...(await mutateOnce(core, request))] : warnings
}

async function mutateOnce(core: Core, request: AdmissionRequest): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const plugin of core.admission.plugins) {
    if (!plugin.mutate || !sees(plugin, request)) continue
    const found = plugin.mutate(request)
    const given = found instanceof Promise ? await found : found
    if (given) warnings.push(...given)
  }
  return warnings
}

/** Runs the validating half; yields its warnings. */
export async function validate(core: Core, request: AdmissionRequest): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const plugin of core.admission.plugins) {
    if (!plugin.validate || !sees(plugin, request)) continue
    const found = plugin.validate(request)
    const given = found instanceof Promise ? await found : found
    if (given) warnings.push(...given)
  }
  return warnings
}

const sees = (plugin: AdmissionPlugin, request: AdmissionRequest): boolean =>
  (request.operation !== 'CONNECT' || plugin.connections === true) && plugin.handles(request)
