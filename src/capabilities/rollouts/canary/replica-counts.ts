/** What a ReplicaSet wants and has. */
export interface Counts {
  replicas: number
  available: number
}

export interface BasicCanaryInput {
  /** Pods that the Rollout wants in all. */
  replicas: number
  weight: number
  totalWeight: number
  maxSurge: number
  maxUnavailable: number
  canary: Counts
  /** Undefined when there is no stable ReplicaSet or it is the canary itself: then there is nothing to weigh. */
  stable: Counts | undefined
  older: readonly Counts[]
}

/** How many pods to ask of each ReplicaSet now. */
export interface Scale {
  canary: number
  stable: number
}

/**
 * The counts that come closest to a weight when pods alone split the traffic. They sum to `replicas`, or one more if
 * surging gets closer; between the extremes neither side gets none while there are two pods to share. Ties go to the
 * canary. Mirrors Argo Rollouts' approximateWeightedCanaryStableReplicaCounts.
 */
export function splitByWeight(
  { replicas, weight, totalWeight }: { replicas: number; weight: number; totalWeight: number },
  maxSurge: number,
): Scale {
  if (replicas === 0) return { canary: 0, stable: 0 }
  const exact = (replicas * weight) / totalWeight
  const [up, down] = [Math.ceil(exact), Math.floor(exact)]
  const isTied = (total: number) => ((total * weight) / totalWeight) % 1 === 0.5
  const zeroAllowed = weight === totalWeight || weight === 0 || (replicas === 1 && maxSurge === 0)
  const options: { canary: number; total: number }[] = []
  if (up < replicas || zeroAllowed) options.push({ canary: up, total: replicas })
  if ((options.length === 0 || !isTied(replicas)) && (down !== 0 || zeroAllowed))
    options.push({ canary: down, total: replicas })
  if (maxSurge > 0) {
    options.push({ canary: up, total: replicas + 1 })
    if (!isTied(replicas + 1) && (down !== 0 || zeroAllowed))
      options.push({ canary: down, total: replicas + 1 })
  }
  const distance = ({ canary, total }: { canary: number; total: number }) =>
    Math.abs(canary / total - weight / totalWeight)
  const best = options.reduce<{ canary: number; total: number } | undefined>(
    (kept, option) => (kept === undefined || distance(option) < distance(kept) ? option : kept),
    undefined,
  )
  return best ? { canary: best.canary, stable: best.total - best.canary } : { canary: 0, stable: replicas }
}

/** The counts that a basic canary heads for. */
export const basicTarget = (input: BasicCanaryInput): Scale =>
  input.stable ? splitByWeight(input, input.maxSurge) : { canary: input.replicas, stable: 0 }

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

/** Pods that count as serving when deciding what may go; a ReplicaSet that already shrinks counts what it will keep. */
const counted = ({ replicas, available }: Counts, ignoreAvailability: boolean): number =>
  ignoreAvailability ? replicas : Math.min(replicas, available)

/**
 * The next counts of a canary without traffic routing, on the way to `basicTarget`: up within maxSurge, the stable
 * first; down within maxUnavailable, older ReplicaSets before the canary and the stable.
 */
export function basicCanaryScale(input: BasicCanaryInput): Scale {
  const target = basicTarget(input)
  const { canary, stable = { replicas: 0, available: 0 }, older } = input
  const next = { canary: canary.replicas, stable: stable.replicas }

  const present = sum([...older.map(counts => counts.replicas), canary.replicas, stable.replicas])
  let room = Math.max(input.replicas + input.maxSurge - present, 0)
  const grow = (current: number, wanted: number): number => {
    const step = Math.max(0, Math.min(wanted - current, room))
    room -= step
    return current + step
  }
  if (input.stable) next.stable = grow(stable.replicas, target.stable)
  next.canary = grow(canary.replicas, target.canary)

  if (sum(older.map(counts => counts.replicas)) > 0) return next
  const isIncreasing = target.canary >= canary.replicas
  let spare =
    counted(canary, !isIncreasing) + counted(stable, isIncreasing) - (input.replicas - input.maxUnavailable)
  const shrink = (current: number, wanted: number, planned: number): number => {
    if (current <= wanted || spare <= 0) return planned
    const step = Math.min(current - wanted, spare)
    spare -= step
    return current - step
  }
  next.canary = shrink(canary.replicas, target.canary, next.canary)
  if (input.stable) next.stable = shrink(stable.replicas, target.stable, next.stable)
  return next
}

/**
 * The next counts of ReplicaSets that are neither canary nor stable, when pods alone split the traffic: pods that are
 * not available go at once, the others as far as enough remain.
 */
export function shrinkOlder(
  older: readonly Counts[],
  { available, minAvailable }: { available: number; minAvailable: number },
): number[] {
  let spare = available - minAvailable
  return older.map(counts => {
    const healthy = Math.min(counts.replicas, counts.available)
    const step = Math.max(0, Math.min(healthy, spare))
    spare -= step
    return healthy - step
  })
}

export interface RoutedCanaryInput {
  replicas: number
  weight: number
  totalWeight: number
  /** The canary weight that the routes carry now. */
  currentWeight: number
  minPods: number
  /** A setCanaryScale in force. */
  scale: { replicas?: number | undefined; weight?: number | undefined } | undefined
  dynamicStableScale: boolean
}

/**
 * The counts of a canary whose traffic a router splits: the canary as its weight needs (rounded up, and not less than
 * the weight that it still carries), the stable in full unless it may shrink with its weight.
 */
export function routedCanaryScale(input: RoutedCanaryInput): Scale {
  const { replicas, weight, totalWeight, currentWeight } = input
  if (replicas === 0) return { canary: 0, stable: 0 }
  const podsFor = (share: number) => Math.ceil((replicas * share) / totalWeight)
  const atLeast = (count: number) => (count > 0 ? Math.max(count, input.minPods) : 0)
  const canary =
    input.scale?.replicas ??
    atLeast(Math.max(podsFor(input.scale?.weight ?? weight), input.scale ? 0 : podsFor(currentWeight)))
  if (!input.dynamicStableScale) return { canary, stable: replicas }
  return {
    canary,
    stable: atLeast(Math.max(podsFor(totalWeight - weight), podsFor(totalWeight - currentWeight))),
  }
}
