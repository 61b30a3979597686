import type { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { apiVersionOf } from '../../../kube/kind.ts'
import type { Draft } from '../../../kube/object.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { DESIRED_REPLICAS, HASH_LABEL, REVISION } from '../names.ts'
import { replicasOf } from '../spec-defaults.ts'

/** The reference that makes a Rollout the controller of what it creates. */
export const controlledBy = (rollout: Rollout) => ({
  apiVersion: apiVersionOf(Rollout),
  kind: Rollout.kind,
  name: rollout.metadata.name,
  uid: rollout.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** The ReplicaSet of a Rollout's current template. */
export function draftReplicaSet(
  rollout: Rollout,
  { hash, replicas, revision }: { hash: string; replicas: number; revision: number },
): Draft<ReplicaSet> {
  const { template = {}, selector } = rollout.spec
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash }
  return {
    metadata: {
      name: `${rollout.metadata.name}-${hash}`,
      namespace: rollout.metadata.namespace,
      labels,
      annotations: { [REVISION]: String(revision), [DESIRED_REPLICAS]: String(replicasOf(rollout)) },
      ownerReferences: [controlledBy(rollout)],
    },
    spec: {
      replicas,
      minReadySeconds: rollout.spec.minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}
