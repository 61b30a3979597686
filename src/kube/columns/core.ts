import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts'
import type { Lease } from '../generated/coordination-v1.ts'
import type {
  ConfigMap,
  Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
} from '../generated/core-v1.ts'
import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../generated/rbac-v1.ts'
import type { PriorityClass } from '../generated/scheduling-v1.ts'
import type { StorageClass } from '../generated/storage-v1.ts'
import {
  age,
  ageColumn,
  integer,
  nameColumn,
  orNone,
  type TableColumn,
  text,
  wide,
  named,
  boolean,
} from './column.ts'

const size = (map: object | undefined): number => Object.keys(map ?? {}).length

export const configMapColumns: readonly TableColumn<ConfigMap>[] = [
  nameColumn,
  integer('Data', ({ data, binaryData }) => size(data) + size(binaryData)),
  ageColumn,
]
export const secretColumns: readonly TableColumn<Secret>[] = [
  nameColumn,
  text('Type', ({ type }) => type ?? ''),
  named(
    'string',
    integer('Data', ({ data }) => size(data)),
  ),
  ageColumn,
]
export const namespaceColumns: readonly TableColumn<Namespace>[] = [
  nameColumn,
  text('Status', ({ status }) => status?.phase ?? ''),
  ageColumn,
]

function nodeStatus({ status, spec }: Node): string {
  const ready = status?.conditions?.find(condition => condition.type === 'Ready')
  const state = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${state},SchedulingDisabled` : state
}
const ROLE = 'node-role.kubernetes.io/'
const nodeAddress =
  (type: string) =>
  ({ status }: Node): string =>
    orNone(status?.addresses?.find(address => address.type === type)?.address)

export const nodeColumns: readonly TableColumn<Node>[] = [
  nameColumn,
  text('Status', nodeStatus),
  text('Roles', ({ metadata: { labels = {} } }) =>
    orNone(
      Object.keys(labels)
        .filter(key => key.startsWith(ROLE) && key.length > ROLE.length)
        .map(key => key.slice(ROLE.length))
        .sort()
        .join(','),
    ),
  ),
  ageColumn,
  text('Version', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
  wide(text('Internal-IP', nodeAddress('InternalIP'))),
  wide(text('External-IP', nodeAddress('ExternalIP'))),
  wide(text('OS-Image', ({ status }) => status?.nodeInfo?.osImage || '<unknown>')),
  wide(text('Kernel-Version', ({ status }) => status?.nodeInfo?.kernelVersion || '<unknown>')),
  wide(text('Container-Runtime', ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>')),
]

/** Old events say when they were last seen in another field than new ones. */
const lastSeen = (event: Event) => event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime
const firstSeen = (event: Event) => event.firstTimestamp ?? event.eventTime

export const eventColumns: readonly TableColumn<Event>[] = [
  text('Last Seen', (event, now) => age(lastSeen(event), now)),
  text('Type', ({ type }) => type ?? ''),
  text('Reason', ({ reason }) => reason ?? ''),
  text('Object', ({ involvedObject: { kind, name } }) => `${kind?.toLowerCase() ?? ''}/${name ?? ''}`),
  wide(text('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? '')),
  wide(
    text('Source', ({ source, reportingComponent }) =>
      [source?.component ?? reportingComponent, source?.host].filter(Boolean).join(', '),
    ),
  ),
  text('Message', ({ message }) => message?.trim() ?? ''),
  wide(text('First Seen', (event, now) => age(firstSeen(event), now))),
  wide(
    named(
      'string',
      integer('Count', ({ series, count }) => series?.count ?? count ?? 1),
    ),
  ),
  wide(nameColumn),
]

export const leaseColumns: readonly TableColumn<Lease>[] = [
  nameColumn,
  text('Holder', ({ spec }) => spec?.holderIdentity ?? ''),
  ageColumn,
]

const accessModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
const modesText = (modes: readonly string[] | undefined): string =>
  (modes ?? []).map(mode => accessModes[mode] ?? mode).join(',')

export const volumeColumns: readonly TableColumn<PersistentVolume>[] = [
  nameColumn,
  text('Capacity', ({ spec }) => spec?.capacity?.['storage'] ?? ''),
  text('Access Modes', ({ spec }) => modesText(spec?.accessModes)),
  text('Reclaim Policy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
  text('Status', ({ status, metadata }) =>
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
  ),
  text('Claim', ({ spec }) =>
    spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
  ),
  text('StorageClass', ({ spec }) => spec?.storageClassName ?? ''),
  text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName || '<unset>'),
  text('Reason', ({ status }) => status?.reason ?? ''),
  ageColumn,
  wide(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>')),
]
export const claimColumns: readonly TableColumn<PersistentVolumeClaim>[] = [
  nameColumn,
  text('Status', ({ status, metadata }) =>
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
  ),
  text('Volume', ({ spec }) => spec?.volumeName ?? ''),
  text('Capacity', ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.['storage'] ?? '') : '')),
  text('Access Modes', ({ spec, status }) => (spec?.volumeName ? modesText(status?.accessModes) : '')),
  text('StorageClass', ({ spec }) => spec?.storageClassName ?? ''),
  text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName || '<unset>'),
  ageColumn,
  wide(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>')),
]
export const storageClassColumns: readonly TableColumn<StorageClass>[] = [
  {
    ...nameColumn,
    cell: ({ metadata }) =>
      metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        ? `${metadata.name} (default)`
        : metadata.name,
  },
  text('Provisioner', ({ provisioner }) => provisioner),
  text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
  text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
  text('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
  ageColumn,
]
export const priorityClassColumns: readonly TableColumn<PriorityClass>[] = [
  nameColumn,
  integer('Value', ({ value }) => value ?? 0),
  boolean('Global-Default', ({ globalDefault }) => globalDefault ?? false),
  ageColumn,
  text('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
]

export const roleColumns: readonly TableColumn<ClusterRole>[] = [
  nameColumn,
  named(
    'date',
    text('Created At', ({ metadata }) => metadata.creationTimestamp),
  ),
]
type Binding = RoleBinding | ClusterRoleBinding
const subjects = (kind: string, name: string): TableColumn<Binding> =>
  wide(
    text(name, ({ subjects: list }) =>
      (list ?? [])
        .filter(subject => subject.kind === kind)
        .map(subject => (subject.namespace ? `${subject.namespace}/${subject.name}` : subject.name))
        .join(', '),
    ),
  )
export const bindingColumns: readonly TableColumn<Binding>[] = [
  nameColumn,
  text('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  subjects('User', 'Users'),
  subjects('Group', 'Groups'),
  subjects('ServiceAccount', 'ServiceAccounts'),
]
export const definitionColumns: readonly TableColumn<CustomResourceDefinition>[] = [
  nameColumn,
  named(
    'date',
    text('Created At', ({ metadata }) => metadata.creationTimestamp),
  ),
]
