import type { Container, PodSpec } from './generated/core-v1.ts'
import { parseQuantity } from './quantity.ts'

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
