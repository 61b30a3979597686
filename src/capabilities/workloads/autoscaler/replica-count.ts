import type { PodGroups, PodValues } from './pod-values.ts'

/** How far a ratio may be from one before anything is scaled. */
export interface Tolerance {
  down: number
  up: number
}

const isWithin = ({ down, up }: Tolerance, ratio: number): boolean => 1 - down <= ratio && ratio <= 1 + up

export interface Measured {
  /** Usage in relation to the target. */
  ratio: number
  /** Average in thousandths. */
  average: number
  /** Percent of the requests. */
  utilization?: number
}

interface Question {
  current: number
  groups: PodGroups
  tolerance: Tolerance
  measure(values: PodValues): Measured
  /** What a pod without sample is taken to use when fewer are wanted. */
  assumed(pod: string): number
}

export interface Count extends Measured {
  replicas: number
}

/**
 * Replicas by usage of pods. Pods without samples are assumed to use all of their target when the others say fewer,
 * and nothing when they say more, so that what is not known dampens. Mirrors upstream's replica calculator.
 */
export function replicasByPods(all: PodValues, question: Question): Count {
  const { current, groups, tolerance, measure } = question
  const values: PodValues = new Map(all)
  for (const name of [...groups.ignored, ...groups.unready]) values.delete(name)
  if (values.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)')
  const measured = measure(values)
  const { ratio } = measured
  const mayBeReady = groups.unready.size > 0 && ratio > 1
  if (!mayBeReady && groups.missing.size === 0)
    return { ...measured, replicas: isWithin(tolerance, ratio) ? current : Math.ceil(ratio * groups.ready) }
  const assume = (name: string, value: number) => values.set(name, { value, at: 0, windowMs: 0 })
  if (ratio !== 1) for (const name of groups.missing) assume(name, ratio < 1 ? question.assumed(name) : 0)
  if (mayBeReady) for (const name of groups.unready) assume(name, 0)
  const dampened = measure(values).ratio
  const isReversed = (ratio < 1 && dampened > 1) || (ratio > 1 && dampened < 1)
  const replicas = Math.ceil(dampened * values.size)
  const isAgainst = (dampened < 1 && replicas > current) || (dampened > 1 && replicas < current)
  const stays = isWithin(tolerance, dampened) || isReversed || isAgainst
  return { ...measured, replicas: stays ? current : replicas }
}

/** Average usage against a target, both in thousandths. */
export function averageOf(values: PodValues, target: number): Measured {
  const total = [...values.values()].reduce((sum, { value }) => sum + value, 0)
  const average = Math.trunc(total / values.size)
  return { ratio: average / target, average }
}

/** Percent of the requests against a target of percent. */
export function utilizationOf(
  values: PodValues,
  requests: ReadonlyMap<string, number>,
  target: number,
): Measured {
  let [used, requested, count] = [0, 0, 0]
  for (const [name, { value }] of values) {
    const request = requests.get(name)
    if (request === undefined) continue
    used += value
    requested += request
    count++
  }
  if (requested === 0) throw new Error('no metrics returned matched known pods')
  const utilization = Math.trunc((used * 100) / requested)
  return { ratio: utilization / target, average: Math.trunc(used / count), utilization }
}

const MAX_REPLICAS = 2 ** 31 - 1

/** Replicas so that one value, divided by how many are ready, meets its target. */
export function replicasByValue(
  usage: number,
  target: number,
  { current, ready, tolerance }: { current: number; ready: number; tolerance: Tolerance },
): number {
  const ratio = usage / target
  if (current === 0) return Math.min(MAX_REPLICAS, Math.ceil(ratio))
  return isWithin(tolerance, ratio) ? current : Math.min(MAX_REPLICAS, Math.ceil(ratio * ready))
}

/** Replicas so that each has its share of one value. */
export function replicasByShare(
  usage: number,
  target: number,
  { running, tolerance }: { running: number; tolerance: Tolerance },
): { replicas: number; average: number } {
  const ratio = usage / (target * running)
  const replicas = isWithin(tolerance, ratio) ? running : Math.min(MAX_REPLICAS, Math.ceil(usage / target))
  return { replicas, average: running === 0 ? usage : Math.ceil(usage / running) }
}
