import type { Pod } from '../../../kube/generated/core-v1.ts'
import { type ContainerRuntime, SandboxError } from './container-runtime.ts'
import type { RuntimeClass } from '../../../kube/generated/node-v1.ts'

interface RuntimeChoice {
  /** By handler. */
  runtimes: ReadonlyMap<string, ContainerRuntime>
  /** The handler of pods without a runtimeClassName. */
  defaultHandler: string
  /** Why handlers that this node could have are not there. */
  missing: ReadonlyMap<string, string>
  classNamed(name: string): RuntimeClass | undefined
}

/** The runtime that a pod asks for by its class. Throws SandboxError. */
export function runtimeFor(pod: Pod, choice: RuntimeChoice): ContainerRuntime {
  const { runtimeClassName } = pod.spec
  const runtimeClass = runtimeClassName ? choice.classNamed(runtimeClassName) : undefined
  if (runtimeClassName && !runtimeClass)
    throw new SandboxError(`failed to get runtime handler: RuntimeClass "${runtimeClassName}" not found`)
  const handler = runtimeClass?.handler || choice.defaultHandler
  const found = choice.runtimes.get(handler)
  if (found) return found
  const why = choice.missing.get(handler) ?? `this node has ${[...choice.runtimes.keys()].join(', ')}`
  throw new SandboxError(`no runtime for "${handler}" is configured: ${why}`)
}
