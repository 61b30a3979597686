import type { Informer } from '../../../kernel/informer.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'

/** The index of pods by the keys of the claims that they use. */
export const CLAIM_USERS = 'claims'

/** The keys of the claims that a pod uses, those of its ephemeral volumes included. */
export const claimsUsedBy = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`]
    return ephemeral ? [`${metadata.namespace}/${metadata.name}-${name}`] : []
  })

export const indexClaimUsers = (pods: Informer<Pod>): void => pods.addIndex(CLAIM_USERS, claimsUsedBy)
