import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../generated/storage-v1.ts'
import type { KubeObject } from '../object.ts'
import { ageColumn, boolean, integer, nameColumn, orNone, type TableColumn, text } from './column.ts'

export const attachmentColumns: readonly TableColumn<VolumeAttachment>[] = [
  nameColumn,
  { ...text<VolumeAttachment>('Attacher', ({ spec }) => spec?.attacher ?? ''), format: 'name' },
  text('PV', ({ spec }) => spec?.source?.persistentVolumeName ?? ''),
  text('Node', ({ spec }) => spec?.nodeName ?? ''),
  boolean('Attached', ({ status }) => status?.attached ?? false),
  ageColumn,
]

export const attributesClassColumns: readonly TableColumn<VolumeAttributesClass>[] = [
  nameColumn,
  text('DriverName', ({ driverName }) => driverName ?? ''),
  ageColumn,
]

export const storageNodeColumns: readonly TableColumn<CSINode>[] = [
  nameColumn,
  integer('Drivers', ({ spec }) => spec?.drivers?.length ?? 0),
  ageColumn,
]

export const storageDriverColumns: readonly TableColumn<CSIDriver>[] = [
  nameColumn,
  boolean('AttachRequired', ({ spec }) => spec?.attachRequired ?? true),
  boolean('PodInfoOnMount', ({ spec }) => spec?.podInfoOnMount ?? false),
  boolean('StorageCapacity', ({ spec }) => spec?.storageCapacity ?? false),
  text(
    'TokenRequests',
    ({ spec }) => spec?.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
  ),
  boolean('RequiresRepublish', ({ spec }) => spec?.requiresRepublish ?? false),
  text('Modes', ({ spec }) => orNone(spec?.volumeLifecycleModes?.join(','))),
  ageColumn,
]

export const storageCapacityColumns: readonly TableColumn<CSIStorageCapacity>[] = [
  nameColumn,
  text('StorageClassName', ({ storageClassName }) => storageClassName ?? ''),
  text('Capacity', ({ capacity }) => capacity ?? '<unset>'),
]

/** As much of resource.k8s.io as rows show. */
interface ResourceClaim extends KubeObject {
  status?: { allocation?: object; reservedFor?: readonly object[] }
}
interface ResourceSlice extends KubeObject {
  spec?: { nodeName?: string; driver?: string; pool?: { name?: string } }
}

function claimState({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : []
  if (status?.allocation) {
    states.push('allocated')
    if (status.reservedFor?.length) states.push('reserved')
  } else if (!metadata.deletionTimestamp) states.push('pending')
  return states.join(',')
}

export const resourceClaimColumns: readonly TableColumn<ResourceClaim>[] = [
  nameColumn,
  text('State', claimState),
  ageColumn,
]

export const resourceSliceColumns: readonly TableColumn<ResourceSlice>[] = [
  nameColumn,
  text('Node', ({ spec }) => spec?.nodeName ?? ''),
  text('Driver', ({ spec }) => spec?.driver ?? ''),
  text('Pool', ({ spec }) => spec?.pool?.name ?? ''),
  ageColumn,
]
