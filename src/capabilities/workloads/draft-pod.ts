import type { Pod, PodTemplateSpec } from '../../kube/generated/core-v1.ts'
import type { Kind } from '../../kube/kind.ts'
import type { Draft, KubeObject } from '../../kube/object.ts'
import { controllerReference } from './claim.ts'
import { randomName } from './name-suffix.ts'

/** A pod of the template, owned by `owner` and named after it. */
export function draftPod(kind: Kind, owner: KubeObject, template: PodTemplateSpec): Draft<Pod> {
  if (!template.spec) throw new Error(`${kind.kind} ${owner.metadata.name}: its pod template has no spec`)
  const generateName = `${owner.metadata.name}-`
  return {
    metadata: {
      name: randomName(generateName),
      generateName,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: template.metadata?.annotations,
      finalizers: template.metadata?.finalizers,
      ownerReferences: [controllerReference(kind, owner)],
    },
    spec: template.spec,
  }
}
