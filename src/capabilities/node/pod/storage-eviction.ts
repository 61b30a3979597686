import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import { addQuantities, quantityToNumber } from '../../../kube/quantity.ts'

/** What a pod takes on disk, in bytes: its emptyDirs, and its containers' own files with their logs. */
export interface StorageUsage {
  volumes: ReadonlyMap<string, number>
  containers: ReadonlyMap<string, number>
}

const RESOURCE = 'ephemeral-storage'
const limitOf = (container: Container): string | undefined => {
  const limit = container.resources?.limits?.[RESOURCE]
  return limit === undefined ? undefined : String(limit)
}

/** Whether anything in a pod limits its local storage, so that it has to be measured. */
export const limitsStorage = ({ spec }: Pod): boolean =>
  (spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
  spec.containers.some(container => limitOf(container) !== undefined)

/** The message of the eviction that a pod's use of local storage calls for, in the words and order of the kubelet. */
export function storageEviction({ spec }: Pod, usage: StorageUsage): string | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const { sizeLimit } = emptyDir ?? {}
    if (sizeLimit === undefined || quantityToNumber(sizeLimit) === 0) continue
    if ((usage.volumes.get(name) ?? 0) > quantityToNumber(sizeLimit))
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${sizeLimit}". `
  }
  // Of containers without a limit nothing is added, as upstream's sum of limits does.
  const limits = spec.containers.flatMap(container => limitOf(container) ?? [])
  if (limits.length > 0) {
    const total = limits.reduce(addQuantities)
    if (bytesOf(usage.volumes) + bytesOf(usage.containers) > quantityToNumber(total))
      return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `
  }
  for (const container of spec.containers) {
    const limit = limitOf(container)
    if (limit !== undefined && (usage.containers.get(container.name) ?? 0) > quantityToNumber(limit))
      return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `
  }
  return undefined
}

const bytesOf = (bytes: ReadonlyMap<string, number>): number =>
  [...bytes.values()].reduce((total, one) => total + one, 0)
