import type { AdmissionPlugin } from '../apiserver/admission.ts'
import type { Capability, Kernel, RunningService } from './capability.ts'
import type { Client } from './client.ts'
import { ClientEvents } from './client-events.ts'
import { ClientLeases } from './client-leases.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { ControllerRunner } from './controller-runner.ts'
import type { DataDirectory } from './data-directory.ts'
import { ReverseOrder } from './dispose.ts'
import type { FileEndpoints } from './file-endpoints.ts'
import { LiveInformers, type WatchedNamespaces } from './live-informer.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import { installOwnedKinds } from './owned-kinds.ts'
import type { Ports } from './ports.ts'

/** What the capabilities run on: an API, embedded or remote, and the process around it. */
export interface Ground {
  /** A client whose writes carry the given field manager. */
  clientFor(fieldManager: string): Client
  clock: Clock
  config: Config
  dataDirectory: DataDirectory
  endpoints: FileEndpoints
  log: Logger
  metrics: Metrics
  /** Filled by capabilities; the API server reads it. */
  ports: Ports
  /** The namespace of what Drave itself runs. */
  systemNamespace: string
  /** Where objects are watched; undefined: everywhere. */
  namespaces?: WatchedNamespaces | undefined
  /** Tells the person who started this. */
  note?: (text: string) => void
  /** The API server's admission chain, to which capabilities add; absent for a remote API, where admission is not ours. */
  admission?: AdmissionPlugin[]
  /** Called once the ports are filled, before services start. */
  portsFilled?: () => Promise<void>
}

/** The running capabilities. Disposing stops them in reverse order. */
export interface Stack extends AsyncDisposable {
  readonly kernel: Kernel
  /** Rejects with the service's name when one ends by itself. */
  readonly failed: Promise<never>
}

/**
 * Starts capabilities on an API that is already listening: kinds → ports and admission → services in list order,
 * each ready before the next → informers synced → controllers.
 */
export async function startStack(capabilities: readonly Capability[], ground: Ground): Promise<Stack> {
  rejectDuplicates(capabilities)
  const { clock, log, metrics } = ground
  const system = ground.clientFor('drave')
  const { namespaces } = ground
  const informers = new LiveInformers({
    client: system,
    clock,
    log: log.child({ part: 'informers' }),
    namespaces,
  })
  const events = new ClientEvents({ client: system, clock, log, metrics })
  const leases = new ClientLeases({
    client: system,
    clock,
    log,
    identity: `drave-${process.pid}`,
    namespace: ground.systemNamespace,
  })
  const kernelOf = (name: string): Kernel => ({
    client: ground.clientFor(name),
    isEmbedded: ground.admission !== undefined,
    systemNamespace: ground.systemNamespace,
    informers,
    clock,
    log: log.child({ capability: name }),
    metrics,
    events,
    leases,
    config: ground.config,
    dataDirectory: ground.dataDirectory,
    endpoints: ground.endpoints,
    ports: ground.ports,
  })
  const parts = capabilities.map(capability => ({ capability, kernel: kernelOf(capability.name) }))

  const stop = new AbortController()
  const running = new ReverseOrder()
  running.use(informers)
  running.use({ [Symbol.asyncDispose]: () => events.flush() })
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const dispose = async () => {
    stop.abort()
    await running[Symbol.asyncDispose]()
  }

  try {
    const theirs = await installOwnedKinds(
      { client: system, clock },
      capabilities.flatMap(capability => capability.kinds ?? []),
    )
    if (theirs.length > 0) {
      log.info({ definitions: theirs }, 'CustomResourceDefinitions of somebody else are used as they are')
      ground.note?.(`using the CustomResourceDefinitions of somebody else as they are: ${theirs.join(', ')}`)
    }
    for (const { capability, kernel } of parts) {
      provide(ground.ports, capability, kernel)
      ground.admission?.push(...(capability.admission?.(kernel) ?? []))
    }
    await ground.portsFilled?.()
    for (const { capability, kernel } of parts)
      for (const service of capability.services?.(kernel) ?? []) {
        const started: RunningService = await service.start(stop.signal).catch(error => {
          throw new Error(`service ${service.name} did not start: ${(error as Error).message}`, {
            cause: error,
          })
        })
        running.use(started)
        started.ended?.catch(error => {
          if (!stop.signal.aborted)
            fail(new Error(`service ${service.name} ended: ${(error as Error).message}`, { cause: error }))
        })
      }
    const runner = new ControllerRunner({ clock, informers, log, metrics })
    running.use(runner)
    const controllers = parts.flatMap(({ capability, kernel }) => capability.controllers?.(kernel) ?? [])
    await Promise.all(controllers.map(controller => runner.start(controller)))
  } catch (error) {
    await dispose()
    throw error
  }
  return { kernel: kernelOf('drave'), failed, [Symbol.asyncDispose]: dispose }
}

function provide(ports: Ports, capability: Capability, kernel: Kernel): void {
  const provided = capability.provides?.(kernel) ?? {}
  for (const name of Object.keys(provided))
    if (name in ports)
      throw new Error(
        `capability ${capability.name} provides the port ${name}, which another one provides already`,
      )
  Object.assign(ports, provided)
}

/** Throws naming what two capabilities both claim: a name, a listener, a kind or a verb. */
export function rejectDuplicates(capabilities: readonly Capability[]): void {
  const claims = new Map<string, string>()
  for (const capability of capabilities) {
    const names = [
      `the name ${capability.name}`,
      ...(capability.listeners ?? []).map(listener => `the listener ${listener.name}`),
      ...(capability.kinds ?? []).map(({ kind }) => `the kind ${kind.kind} of ${kind.group}`),
      ...(capability.commands ?? []).map(command => `the verb ${command.path.join(' ')}`),
    ]
    for (const name of names) {
      const other = claims.get(name)
      if (other !== undefined)
        throw new Error(`capabilities ${other} and ${capability.name} both claim ${name}`)
      claims.set(name, capability.name)
    }
  }
}
