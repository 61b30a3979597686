import type { Kernel, RunningService, Service } from '../../kernel/capability.ts'
import { CliError } from '../../kernel/command.ts'
import { Node, Pod } from '../../kube/generated/core-v1.ts'
import { RuntimeClass } from '../../kube/generated/node-v1.ts'
import { isSimulatedNode, SIMULATED_CLASS } from '../../kube/simulated.ts'
import { isAlreadyExists } from '../../kube/status.ts'
import { INDEX, nameOf, simulatedNode, type SimulatedNodeOptions } from './node-object.ts'
import { Leases } from './leases.ts'

/** As many as there are ranges of addresses for. */
const MAX_NODES = 5000

/** Makes as many simulated nodes as were asked for, takes away those that are too many, and keeps all leases fresh. */
export const simulatedNodes = (kernel: Kernel): Service => ({
  name: 'simulator',
  async start(signal): Promise<RunningService> {
    const { client, config } = kernel
    const wanted = wholeNumber(config.get('simulator.nodes'), 'simulator.nodes', MAX_NODES)
    const options: SimulatedNodeOptions = {
      zones: Math.max(1, wholeNumber(config.get('simulator.zones'), 'simulator.zones', MAX_NODES)),
      taint: String(config.get('simulator.taint')) === 'true',
    }
    await client
      .create(RuntimeClass, { metadata: { name: SIMULATED_CLASS }, handler: SIMULATED_CLASS })
      .catch(ignoreExisting)
    await removeAbove(kernel, wanted)
    const missing = Array.from({ length: wanted }, (_, index) => index)
    await Promise.all(
      missing.map(index => client.create(Node, simulatedNode(index, options)).catch(ignoreExisting)),
    )
    const leases = new Leases(kernel)
    const beating = leases.keep(signal)
    return { [Symbol.asyncDispose]: () => beating }
  },
})

/** Nodes of an earlier start with more of them, and the pods that were on them. */
async function removeAbove({ client }: Kernel, wanted: number): Promise<void> {
  const nodes = (await client.list(Node)).items.filter(isSimulatedNode)
  const surplus = nodes.filter(
    ({ metadata }) =>
      metadata.annotations?.[INDEX] !== undefined &&
      metadata.name === nameOf(Number(metadata.annotations[INDEX])) &&
      Number(metadata.annotations[INDEX]) >= wanted,
  )
  if (surplus.length === 0) return
  const names = new Set(surplus.map(({ metadata }) => metadata.name))
  const orphans = (await client.list(Pod)).items.filter(({ spec }) => names.has(spec.nodeName ?? ''))
  await Promise.all(surplus.map(({ metadata }) => client.delete(Node, metadata)))
  await Promise.all(orphans.map(({ metadata }) => client.delete(Pod, metadata, { gracePeriodSeconds: 0 })))
}

function ignoreExisting(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}

function wholeNumber(value: unknown, name: string, most: number): number {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number) || number < 0 || number > most)
    throw new CliError(`${name} is ${JSON.stringify(value)}: it must be a whole number from 0 to ${most}`)
  return number
}
