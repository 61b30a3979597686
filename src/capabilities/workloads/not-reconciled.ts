import type { Kernel } from '../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../kernel/controller.ts'
import { HorizontalPodAutoscaler } from '../../kube/generated/autoscaling-v2.ts'
import { ReplicationController } from '../../kube/generated/core-v1.ts'
import type { Kind } from '../../kube/kind.ts'

/** Kinds that are stored and answered but that nothing acts on, with what that means for their user. */
const KINDS: readonly { kind: Kind; consequence: string }[] = [
  { kind: ReplicationController as Kind, consequence: 'no pods are created for it; a Deployment is run' },
  { kind: HorizontalPodAutoscaler as Kind, consequence: 'nothing is scaled by it' },
]

/** Says once on each object of those kinds that Drave does nothing with it. */
export const notReconciledControllers = (kernel: Kernel): Controller[] =>
  KINDS.map(({ kind, consequence }) => {
    const informer = kernel.informers.for(kind)
    const told = new Set<string>()
    return {
      name: `${kind.kind.toLowerCase()}-not-reconciled`,
      watches: [objectsOf(kind)],
      async reconcile(key) {
        const object = informer.get(key)
        if (!object) {
          told.delete(key)
          return
        }
        if (told.has(key)) return
        told.add(key)
        kernel.events.record(object, {
          type: 'Warning',
          reason: 'NotReconciled',
          message: `Drave stores this ${kind.kind} but does not act on it yet: ${consequence}.`,
          component: 'drave',
        })
      },
    }
  })
