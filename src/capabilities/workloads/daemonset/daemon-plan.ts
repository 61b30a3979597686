import type { DaemonSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isPodAvailable, isPodReady } from '../../../kube/pod.ts'
import { type DaemonNode, isUpdated, updateBounds } from './daemon-view.ts'

export interface DaemonPlan {
  /** Names of nodes that get a pod. */
  create: string[]
  remove: Pod[]
  /** Of those to remove, the ones that ended by themselves: an event tells of each. */
  ended: { pod: Pod; node: string; phase: 'Failed' | 'Succeeded' }[]
  recheckMs: number | undefined
}

interface Given {
  hash: string
  now: number
  /** Milliseconds until a failed pod of the node may be replaced. */
  backoffMs(node: string): number
}

/** Brings every node to one pod where it should have one: upstream's manage and podsShouldBeOnNode. */
export function planNodes(set: DaemonSet, nodes: readonly DaemonNode[], given: Given): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], ended: [], recheckMs: undefined }
  const allowsSurge = updateBounds(set, 1).surge > 0
  for (const node of nodes) {
    if (!node.exists) plan.remove.push(...node.pods.filter(pod => !pod.spec.nodeName))
    else if (node.shouldRun && node.pods.length === 0) plan.create.push(node.name)
    else if (node.mayStay) {
      const running = clearEnded(plan, node, given)
      if (!allowsSurge) plan.remove.push(...running.slice(1))
      else if (running.length > 1) plan.remove.push(...surplusOf(set, running, given))
      else if (running.length === 0 && node.shouldRun) plan.create.push(node.name)
    } else plan.remove.push(...node.pods.filter(({ metadata }) => !metadata.deletionTimestamp))
  }
  return plan
}

/** Removes pods that ended; failed ones not faster than their back-off. Returns the others. */
function clearEnded(plan: DaemonPlan, node: DaemonNode, { backoffMs }: Given): Pod[] {
  const running: Pod[] = []
  for (const pod of node.pods) {
    if (pod.metadata.deletionTimestamp) continue
    const phase = pod.status?.phase
    if (phase !== 'Failed' && phase !== 'Succeeded') {
      running.push(pod)
      continue
    }
    const wait = phase === 'Failed' ? backoffMs(node.name) : 0
    if (wait > 0) plan.recheckMs = Math.min(plan.recheckMs ?? wait, wait)
    else {
      plan.remove.push(pod)
      plan.ended.push({ pod, node: node.name, phase })
    }
  }
  return running
}

/** With surge an old and a new pod may share a node until the new one is available. */
function surplusOf(set: DaemonSet, running: readonly Pod[], { hash, now }: Given): Pod[] {
  const fresh = running.filter(pod => isUpdated(pod, hash))
  const old = running.filter(pod => !isUpdated(pod, hash))
  const surplus = [...fresh.slice(1), ...old.slice(1)]
  const [newest, oldest] = [fresh[0], old[0]]
  if (newest && oldest && (!isPodReady(oldest) || isPodAvailable(newest, set.spec.minReadySeconds ?? 0, now)))
    surplus.push(oldest)
  return surplus
}

/** One round of a rolling update: which old pods go, and where new ones start beside them. */
export function planUpdate(
  set: DaemonSet,
  nodes: readonly DaemonNode[],
  { hash, now }: Pick<Given, 'hash' | 'now'>,
): Pick<DaemonPlan, 'create' | 'remove'> {
  const considered = nodes.filter(node => node.shouldRun || node.pods.length > 0)
  const desired = nodes.filter(({ shouldRun }) => shouldRun).length
  const { unavailable, surge } = updateBounds(set, desired)
  const isAvailable = (pod: Pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)
  const pairs = considered.map(node => ({ node, ...pairOn(node, hash) }))
  return surge === 0
    ? { create: [], remove: replaced(pairs, unavailable, isAvailable) }
    : surged(pairs, { surge, desired, isAvailable })
}

interface Pair {
  node: DaemonNode
  fresh: Pod | undefined
  old: Pod | undefined
  /** More pods than an old and a new one: the other half of the controller removes them first. */
  isCrowded: boolean
}

function pairOn({ pods }: DaemonNode, hash: string): Omit<Pair, 'node'> {
  const staying = pods.filter(({ metadata }) => !metadata.deletionTimestamp)
  const fresh = staying.filter(pod => isUpdated(pod, hash))
  const old = staying.filter(pod => !isUpdated(pod, hash))
  return { fresh: fresh[0], old: old[0], isCrowded: fresh.length > 1 || old.length > 1 }
}

/** Without surge: broken old pods go at once, others as far as maxUnavailable allows. */
function replaced(pairs: readonly Pair[], allowed: number, isAvailable: (pod: Pod) => boolean): Pod[] {
  const broken: Pod[] = []
  const candidates: Pod[] = []
  let unavailable = 0
  for (const { fresh, old, isCrowded } of pairs) {
    const only = fresh ?? old
    if (isCrowded || !only || (fresh && old)) unavailable++
    else if (!isAvailable(only)) {
      unavailable++
      if (old) broken.push(old)
    } else if (old) candidates.push(old)
  }
  return [...broken, ...candidates.slice(0, Math.max(0, allowed - unavailable))]
}

/** With surge: new pods start beside old ones, which go when the new are available. */
function surged(
  pairs: readonly Pair[],
  given: { surge: number; desired: number; isAvailable: (pod: Pod) => boolean },
): Pick<DaemonPlan, 'create' | 'remove'> {
  const { isAvailable } = given
  const remove: Pod[] = []
  const misplaced: Pod[] = []
  const create: string[] = []
  const candidates: string[] = []
  let [surging, available] = [0, 0]
  for (const { node, fresh, old, isCrowded } of pairs) {
    if (isCrowded) {
      surging++
      continue
    }
    const senior = old ?? fresh
    if (senior && isAvailable(senior)) available++
    if (!old) continue
    if (fresh) {
      if (isAvailable(fresh)) remove.push(old)
      else surging++
    } else if (!isAvailable(old)) {
      if (node.shouldRun) create.push(node.name)
      else remove.push(old)
    } else if (node.shouldRun) candidates.push(node.name)
    else misplaced.push(old)
  }
  return {
    create: [...create, ...candidates.slice(0, Math.max(0, given.surge - surging))],
    remove: [...remove, ...misplaced.slice(0, Math.max(0, available - given.desired))],
  }
}
