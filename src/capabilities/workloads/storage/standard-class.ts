import type { Kernel, Service } from '../../../kernel/capability.ts'
import { StorageClass } from '../../../kube/generated/storage-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { PROVISIONER } from './host-path-provisioner.ts'

const nothing = { async [Symbol.asyncDispose]() {} }

/**
 * Makes the default StorageClass `standard` where there is no class at all, and pods are run or acted out in this
 * process: anywhere else nobody would find the directories that its volumes are.
 */
export const standardClass = ({ client, ports }: Kernel): Service => ({
  name: 'standard-storage-class',
  async start() {
    if (!ports.podMetrics && !ports.simulatedMetrics) return nothing
    const { items } = await client.list(StorageClass, { limit: 1 })
    if (items.length === 0)
      await client
        .create(StorageClass, {
          metadata: {
            name: 'standard',
            annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
          },
          provisioner: PROVISIONER,
          reclaimPolicy: 'Delete',
          // All nodes of this process share its disk, so that no claim has to wait for a node.
          volumeBindingMode: 'Immediate',
          allowVolumeExpansion: true,
        })
        .catch(error => {
          if (!isAlreadyExists(error)) throw error
        })
    return nothing
  },
})
