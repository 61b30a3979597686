import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'
import { startsIn } from './phases.ts'

const isKnown = ({ kind, apiGroup }: NonNullable<PersistentVolumeClaimSpec['dataSource']>) =>
  (kind === 'PersistentVolumeClaim' && !apiGroup) ||
  (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')

/**
 * Where a claim's content comes from is said in two fields, of which the older knows claims and snapshots only and
 * drops all else. A new claim gets both from either.
 */
function settleSources(object: KubeObject): void {
  // The behaviour is that of PersistentVolumeClaims only.
  const { spec } = object as unknown as PersistentVolumeClaim
  if (!spec) return
  if (!spec.dataSourceRef && spec.dataSource && !isKnown(spec.dataSource)) delete spec.dataSource
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...source } = spec.dataSourceRef
    spec.dataSource = source
  }
}

const pending = startsIn('Pending')

export const claimBehaviour: Partial<Behaviour> = {
  ...pending,
  prepareCreate(object, preparation) {
    pending.prepareCreate?.(object, preparation)
    settleSources(object)
  },
}
