import { Deployment, type ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Draft } from '../../../kube/object.ts'
import { controllerReference } from '../claim.ts'
import { newAnnotations } from './annotations.ts'
import { POD_TEMPLATE_HASH, templateHash } from './template-hash.ts'

/** The ReplicaSet of the Deployment's current template. */
export function draftReplicaSet(
  deployment: Deployment,
  { replicas, revision }: { replicas: number; revision: bigint },
): Draft<ReplicaSet> {
  const { template, selector, minReadySeconds } = deployment.spec
  const hash = templateHash(template, deployment.status?.collisionCount)
  const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash }
  return {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: newAnnotations(deployment, undefined, revision),
      ownerReferences: [controllerReference(Deployment, deployment)],
    },
    spec: {
      replicas,
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}
