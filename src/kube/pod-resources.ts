import type { Container, ContainerStatus, Pod, PodSpec } from './generated/core-v1.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'

/** Amounts by resource name, in billionths of the unit: exact sums of quantities. */
export type Amounts = Map<string, bigint>

type Side = 'requests' | 'limits'

/** Remembered quantities at most; the same few texts come again and again. */
const MAX_REMEMBERED = 4096
const remembered = new Map<string, bigint>()

/** The quantity in billionths of its unit. Throws RangeError. */
export function nanoOf(quantity: string | number): bigint {
  const text = String(quantity)
  const known = remembered.get(text)
  if (known !== undefined) return known
  const { nano } = parseQuantity(text)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(text, nano)
  return nano
}

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Resources that may be asked for a pod as a whole, as upstream's PodLevelResources. */
export const isPodLevel = (resource: string): boolean =>
  resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-')

/**
 * What a pod asks for as a whole: the greater of its containers' sum and what its init containers need in their
 * turn (sidecars stay), overridden by the pod's own resources, with the overhead of its runtime class.
 * `missing` stands in for what a container does not request. Mirrors upstream's PodRequests and PodLimits.
 */
export function podAmounts(
  spec: PodSpec,
  side: Side,
  missing?: Readonly<Record<string, bigint>> | undefined,
): Amounts {
  const of = (container: Container) => amountsOf(container.resources?.[side], missing)
  const total: Amounts = new Map()
  for (const container of spec.containers) add(total, of(container))
  const sidecars: Amounts = new Map()
  const start: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const amounts = of(container)
    if (isSidecar(container)) {
      add(total, amounts)
      add(sidecars, amounts)
    } else {
      add(amounts, sidecars)
      raise(start, amounts)
    }
  }
  raise(total, start)
  for (const [name, amount] of Object.entries(spec.resources?.[side] ?? {}))
    if (isPodLevel(name)) total.set(name, nanoOf(amount))
  // Without a limit there is nothing that overhead could add to.
  for (const [name, amount] of Object.entries(spec.overhead ?? {}))
    if (side === 'requests' || total.get(name)) total.set(name, (total.get(name) ?? 0n) + nanoOf(amount))
  return total
}

/**
 * The specification with what the node has set aside for a container, or has given it, where that is more than what is
 * asked for by now; a resize that the node cannot do counts for nothing. Mirrors upstream's UseStatusResources.
 */
export function effectiveSpec({ spec, status }: Pod): PodSpec {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {}
  const isInfeasible = status?.conditions?.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  )
  const differs = (container: Container, statuses: readonly ContainerStatus[]) => {
    const found = statuses.find(({ name }) => name === container.name)
    return found?.resources === undefined ? undefined : raised(container, found, isInfeasible ?? false)
  }
  let isChanged = false
  const of = (containers: readonly Container[], statuses: readonly ContainerStatus[]) =>
    containers.map(container => {
      const other = differs(container, statuses)
      if (other) isChanged = true
      return other ?? container
    })
  const containers = of(spec.containers, containerStatuses)
  const initContainers = of(spec.initContainers ?? [], initContainerStatuses)
  return isChanged ? { ...spec, containers, initContainers } : spec
}

/** A container that holds more, or other, than it asks for; undefined for the most usual case. */
function raised(
  container: Container,
  { resources, allocatedResources }: ContainerStatus,
  isInfeasible: boolean,
): Container | undefined {
  const { requests, limits } = container.resources ?? {}
  if (
    sameAmounts(allocatedResources, requests) &&
    sameAmounts(resources?.requests, requests) &&
    sameAmounts(resources?.limits, limits)
  )
    return undefined
  const most = (...lists: (Readonly<Record<string, string>> | undefined)[]) => {
    const result: Record<string, string> = {}
    for (const list of lists)
      for (const [name, amount] of Object.entries(list ?? {}))
        if (result[name] === undefined || nanoOf(amount) > nanoOf(result[name])) result[name] = amount
    return result
  }
  const asked = isInfeasible ? [] : [requests]
  const held = most(...asked, resources?.requests, allocatedResources)
  const limited = most(...(isInfeasible ? [] : [limits]), resources?.limits)
  return { ...container, resources: { ...container.resources, requests: held, limits: limited } }
}

function sameAmounts(
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): boolean {
  let count = 0
  for (const name in a) {
    const [one = '', other] = [a[name], b[name]]
    if (other === undefined || (one !== other && nanoOf(one) !== nanoOf(other))) return false
    count++
  }
  return Object.keys(b).length === count
}

/** What a pod asks for as a whole, as quantities in the form that its containers use. */
export function podQuantities(spec: PodSpec, side: Side): Record<string, string> {
  const lists = [spec, ...spec.containers, ...(spec.initContainers ?? [])].map(
    ({ resources }) => resources?.[side],
  )
  return Object.fromEntries(
    [...podAmounts(spec, side)].map(([name, nano]) => {
      const written = lists.find(list => list?.[name] !== undefined)?.[name] ?? '0'
      return [name, formatQuantity({ nano, format: parseQuantity(written).format })]
    }),
  )
}

function amountsOf(
  list: Readonly<Record<string, string>> | undefined,
  missing: Readonly<Record<string, bigint>> = {},
): Amounts {
  const amounts: Amounts = new Map()
  for (const name in list) amounts.set(name, nanoOf(list[name] ?? 0))
  for (const name in missing) if (!amounts.has(name)) amounts.set(name, missing[name] ?? 0n)
  return amounts
}

function add(to: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) to.set(name, (to.get(name) ?? 0n) + amount)
}

function raise(to: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) if (amount > (to.get(name) ?? -1n)) to.set(name, amount)
}
