import type { Kernel } from '../../../kernel/capability.ts'
import { Binding, PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { LiveStorage } from '../cluster/live-storage.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { type ClaimPlan, claimsOf, isBound, planBindings } from '../filters/volumes.ts'
import { COMPONENT } from './component.ts'

/** kube-scheduler's bindTimeoutSeconds for volumes. */
const VOLUME_TIMEOUT_MS = 600_000

/** Claims of a pod that are to be bound for its node, with their volumes reserved at once. */
export function reserveVolumes(pod: PodFacts, node: ClusterNode, storage: LiveStorage): readonly ClaimPlan[] {
  if (pod.claims.length === 0) return []
  const claims = claimsOf(pod, storage)
  const plans = 'refuse' in claims ? undefined : planBindings(claims.waiting, node, storage)
  for (const { volume } of plans ?? []) if (volume) storage.promise(volume.metadata.name)
  return plans ?? []
}

/** Binds a pod to its node, after the volumes that were chosen for it. Throws where the API refuses. */
export async function bindPod(
  kernel: Kernel,
  pod: PodFacts,
  { node, plans }: { node: string; plans: readonly ClaimPlan[] },
): Promise<void> {
  if (plans.length > 0) await bindVolumes(kernel, node, plans)
  const { name, namespace, uid } = pod.pod.metadata
  await kernel.client.create(Binding, {
    metadata: { name, namespace, uid },
    target: { kind: 'Node', name: node },
  })
  kernel.events.record(pod.pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: COMPONENT,
  })
}

async function bindVolumes(kernel: Kernel, node: string, plans: readonly ClaimPlan[]): Promise<void> {
  const { client } = kernel
  await Promise.all(
    plans.map(({ claim, volume }) => {
      const { name, namespace, uid, resourceVersion } = claim.metadata
      if (!volume)
        return client.patch(PersistentVolumeClaim, claim.metadata, {
          metadata: { resourceVersion, annotations: { 'volume.kubernetes.io/selected-node': node } },
        })
      return client.patch(PersistentVolume, volume.metadata, {
        metadata: {
          resourceVersion: volume.metadata.resourceVersion,
          annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' },
        },
        spec: { claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid } },
      })
    }),
  )
  await Promise.all(plans.map(({ claim }) => becomesBound(kernel, claim)))
}

/** Resolves when the volume controller has bound the claim; rejects when it does not, or gives the node back. */
function becomesBound({ informers, clock }: Kernel, claim: PersistentVolumeClaim): Promise<void> {
  const key = keyOf(claim)
  return new Promise((resolve, reject) => {
    let isSettled = false
    const settle = (error?: Error) => {
      isSettled = true
      timer[Symbol.dispose]()
      subscription?.[Symbol.dispose]()
      if (error) reject(error)
      else resolve()
    }
    const timer = clock.after(VOLUME_TIMEOUT_MS, () =>
      settle(new Error('binding volumes: context deadline exceeded')),
    )
    let subscription: Disposable | undefined
    subscription = informers.for(PersistentVolumeClaim).onChange(({ type, object }) => {
      if (keyOf(object) !== key) return
      if (type === 'deleted') settle(new Error(`persistentvolumeclaim "${claim.metadata.name}" not found`))
      else if (isBound(object)) settle()
    })
    // What the informer shows already is told before there is a subscription to end.
    if (isSettled) subscription[Symbol.dispose]()
  })
}
