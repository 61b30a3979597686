import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'

/** Makes the claims of pods' generic ephemeral volumes; they go with their pods, which own them. */
export function ephemeralClaims(kernel: Kernel): Controller {
  const pods = kernel.informers.for(Pod)
  const claims = kernel.informers.for(PersistentVolumeClaim)
  return {
    name: 'ephemeral-volume',
    watches: [objectsOf(Pod), { kind: PersistentVolumeClaim, keys: () => [] }],
    async reconcile(key) {
      const pod = pods.get(key)
      if (!pod || pod.metadata.deletionTimestamp) return
      const { name: podName, namespace, uid } = pod.metadata
      for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate
        if (!template) continue
        const name = `${podName}-${volume}`
        // One that belongs to somebody else is left alone: the kubelet tells of it when it mounts.
        if (claims.get(`${namespace}/${name}`)) continue
        const { labels, annotations } = template.metadata ?? {}
        const owner = { apiVersion: 'v1', kind: 'Pod', name: podName, uid }
        try {
          await kernel.client.create(PersistentVolumeClaim, {
            metadata: {
              name,
              namespace,
              labels,
              annotations,
              ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
            },
            spec: template.spec,
          })
        } catch (error) {
          if (!isAlreadyExists(error)) throw error
        }
      }
    },
  }
}
