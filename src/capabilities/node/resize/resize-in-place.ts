import type { ContainerRunner } from '../container/container-runner.ts'
import type { NodeParts } from '../node-parts.ts'
import { asksForMore } from './fits-node.ts'
import { giveResources, ResizeError } from './give-resources.ts'
import type { PodResize } from './pod-resize.ts'

interface ResizedPod {
  resize: PodResize
  node: NodeParts
  /** By the container's name. */
  runners: ReadonlyMap<string, ContainerRunner>
  /** What it is allocated has changed. */
  wake(): void
}

/** Allocates what a pod asks for by now, where that can be had, and gives it to its containers. */
export function resizeInPlace(target: ResizedPod): void {
  const { resize, node, runners, wake } = target
  allocate(target)
  const { uid } = resize.asked.metadata
  if (resize.isDeferred)
    node.resizes.put(uid, {
      asked: resize.asked,
      grows: asksForMore(resize.asked, resize.pod),
      since: resize.pendingSince,
      tryAgain: () => {
        if (allocate(target)) wake()
      },
    })
  else node.resizes.remove(uid)
  const due = [...runners.values()].filter(runner => runner.resize.kind !== 'nothing')
  for (const runner of due) if (runner.resize.kind === 'restart') runner.restartForResize()
  const updated = due.filter(runner => runner.resize.kind === 'update')
  const gifts = updated.flatMap(runner => runner.resize.gift ?? [])
  try {
    if (node.cgroups && gifts.length > 0) giveResources(gifts, node.cgroups)
  } catch (error) {
    if (!(error instanceof ResizeError)) throw error
    resize.failed(error.message)
    return
  }
  for (const runner of updated) runner.view.given = runner.resize.gift?.container.resources
  if (due.length === updated.length) resize.completed()
}

function allocate({ resize, node, runners }: ResizedPod): boolean {
  const before = resize.pod
  const { uid } = before.metadata
  if (!resize.allocate(node.podsBeside(uid), obstacle(node, runners))) return false
  node.resizes.remove(uid)
  if (!asksForMore(resize.pod, before)) node.resizes.retry()
  return true
}

/** Why what the pod's containers have cannot be changed on this node. */
function obstacle({ cgroups, whyNoCgroups }: NodeParts, runners: ResizedPod['runners']): string | undefined {
  if (!cgroups) return `this node does not limit what containers use: ${whyNoCgroups}`
  for (const [name, { running }] of runners)
    if (running && running.cgroup === undefined) return `container "${name}" has no control group`
  return undefined
}
