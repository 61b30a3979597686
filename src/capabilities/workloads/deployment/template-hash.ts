import type { PodTemplateSpec } from '../../../kube/generated/core-v1.ts'
import { canonical } from '../canonical.ts'
import { safeEncode } from '../name-suffix.ts'

export const POD_TEMPLATE_HASH = 'pod-template-hash'

/**
 * Names a pod template. Like upstream a 32-bit FNV-1a of the template and the collision count in safe letters; over
 * canonical JSON, where upstream hashes Go's dump of the struct, so that the value itself differs from a cluster's.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(canonical(template) + (collisionCount ?? '')))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return safeEncode(String(hash))
}

/** Two templates are the same but for the hash label that the controller itself put in. */
export const isSameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  canonical(withoutHash(a)) === canonical(withoutHash(b))

function withoutHash(template: PodTemplateSpec | undefined) {
  const { [POD_TEMPLATE_HASH]: _hash, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels } }
}
