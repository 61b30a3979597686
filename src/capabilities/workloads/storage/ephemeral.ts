import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { controllerOf, controllerReference } from '../claim.ts'

/** Makes the claims of a pod's ephemeral volumes; they are the pod's and go with it. */
export function ephemeralVolumeController({ client, events, informers }: Kernel): Controller {
  const pods = informers.for(Pod)
  const claims = informers.for(PersistentVolumeClaim)
  return {
    name: 'ephemeral-volume',
    watches: [objectsOf(Pod)],
    async reconcile(key) {
      const pod = pods.get(key)
      if (!pod || pod.metadata.deletionTimestamp) return
      for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate
        if (!template) continue
        const { namespace } = pod.metadata
        const name = `${pod.metadata.name}-${volume}`
        const existing = claims.get(`${namespace}/${name}`)
        if (existing && controllerOf(existing)?.uid !== pod.metadata.uid)
          throw new Error(`PVC "${namespace}/${name}" was not created for pod "${key}" (pod is not owner)`)
        if (existing) continue
        const { labels, annotations } = template.metadata ?? {}
        const ownerReferences = [controllerReference(Pod, pod)]
        try {
          await client.create(PersistentVolumeClaim, {
            metadata: { name, namespace, labels, annotations, ownerReferences },
            spec: template.spec,
          })
        } catch (error) {
          if (isAlreadyExists(error)) continue
          const message = `ephemeral volume "${volume}": ${(error as Error).message}`
          events.record(pod, {
            type: 'Warning',
            reason: 'FailedCreate',
            message,
            component: 'ephemeral_volume',
          })
          throw error
        }
      }
    },
  }
}
