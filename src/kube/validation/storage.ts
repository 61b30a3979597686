import { equalJson } from '../copy.ts'
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from '../generated/core-v1.ts'
import type { CSIDriver, CSINode, StorageClass } from '../generated/storage-v1.ts'
import { dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { duplicate, notSupported } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const volumeModes = ['Block', 'Filesystem']

export function checkClaim(
  rules: Rules,
  claim: PersistentVolumeClaim,
  previous: PersistentVolumeClaim | undefined,
): void {
  const { spec } = claim
  if (!rules.required('spec', spec)) return
  rules.required('spec.accessModes', spec.accessModes, 'at least 1 access mode is required')
  checkAccessModes(rules, spec.accessModes)
  rules.selector('spec.selector', spec.selector)
  const size = spec.resources?.requests?.['storage']
  if (size === undefined) rules.required('spec.resources[storage]', size)
  else checkSize(rules, 'spec.resources[storage]', size)
  checkClass(rules, spec)
  if (previous) checkClaimKept(rules, claim, previous)
}

/** Claims of any kind of template: the modes are known, and the one for a single pod stands alone. */
function checkAccessModes(rules: Rules, modes: readonly string[] | undefined = []): void {
  for (const mode of modes)
    if (!accessModes.includes(mode)) rules.add(notSupported('spec.accessModes', mode, accessModes))
  const known = modes.filter(mode => accessModes.includes(mode))
  if (known.includes('ReadWriteOncePod') && known.some(mode => mode !== 'ReadWriteOncePod'))
    rules.forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')
}

function checkSize(rules: Rules, field: string, size: string): void {
  if (compareQuantities(size, '0') <= 0) rules.invalid(field, size, ['must be greater than zero'])
}

function checkClass(rules: Rules, { storageClassName, volumeMode }: PersistentVolumeSpec): void {
  if (storageClassName)
    rules.invalid('spec.storageClassName', storageClassName, dnsSubdomainProblems(storageClassName))
  if (volumeMode !== undefined) rules.oneOf('spec.volumeMode', volumeMode, volumeModes)
}

/** A claim stays as it is, but for what binding sets once, and the size of a bound one. */
function checkClaimKept(rules: Rules, claim: PersistentVolumeClaim, previous: PersistentVolumeClaim): void {
  const [before, after] = [previous.spec, claim.spec]
  const isBound = claim.status?.phase === 'Bound'
  const comparable = (spec: PersistentVolumeClaimSpec) => ({
    ...spec,
    volumeName: before.volumeName ? spec.volumeName : undefined,
    storageClassName: before.storageClassName === undefined ? undefined : spec.storageClassName,
    ...(isBound && { resources: withoutStorage(spec), volumeAttributesClassName: undefined }),
  })
  if (!equalJson(comparable(after), comparable(before)))
    rules.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    )
  const sizeOf = (spec: PersistentVolumeClaimSpec) => spec.resources?.requests?.['storage'] ?? '0'
  const isSmaller = compareQuantities(sizeOf(after), sizeOf(before)) < 0
  if (isSmaller && compareQuantities(sizeOf(after), claim.status?.capacity?.['storage'] ?? '0') <= 0)
    rules.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  rules.immutable('volumeMode', after.volumeMode, before.volumeMode)
}

function withoutStorage({ resources }: PersistentVolumeClaimSpec): object {
  const { storage: _, ...requests } = resources?.requests ?? {}
  return { ...resources, requests }
}

/** The members of a PersistentVolume's spec that say where it is kept, of which it has one. */
const sources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const

export function checkVolume(
  rules: Rules,
  { spec }: PersistentVolume,
  previous: PersistentVolume | undefined,
): void {
  if (!rules.required('spec', spec)) return
  rules.required('spec.accessModes', spec.accessModes)
  checkAccessModes(rules, spec.accessModes)
  const { capacity = {} } = spec
  if (Object.keys(capacity).length === 0) rules.required('spec.capacity', undefined)
  if (capacity['storage'] === undefined || Object.keys(capacity).length > 1)
    rules.add(notSupported('spec.capacity', capacity, ['storage']))
  for (const [resource, size] of Object.entries(capacity))
    checkSize(rules, `spec.capacity[${resource}]`, size)
  if (spec.persistentVolumeReclaimPolicy)
    rules.oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, [
      'Delete',
      'Recycle',
      'Retain',
    ])
  checkSource(rules, spec)
  checkClass(rules, spec)
  if (!previous) return
  if (!equalJson(sourceOf(spec), sourceOf(previous.spec)))
    rules.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')
  rules.immutable('volumeMode', spec.volumeMode, previous.spec.volumeMode)
}

function checkSource(rules: Rules, spec: PersistentVolumeSpec): void {
  const [first, ...more] = sources.filter(source => spec[source])
  if (first === undefined) rules.required('spec', undefined, 'must specify a volume type')
  for (const source of more) rules.forbidden(`spec.${source}`, 'may not specify more than 1 volume type')
  if (first === 'hostPath') rules.required('spec.hostPath.path', spec.hostPath?.path)
  if (first === 'local') {
    rules.required('spec.local.path', spec.local?.path)
    if (!spec.nodeAffinity?.required)
      rules.required('spec.nodeAffinity', undefined, 'Local volume requires node affinity')
  }
}

const sourceOf = (spec: PersistentVolumeSpec) => sources.map(source => spec[source])

export function checkStorageClass(
  rules: Rules,
  storage: StorageClass,
  previous: StorageClass | undefined,
): void {
  if (rules.required('provisioner', storage.provisioner))
    rules.invalid(
      'provisioner',
      storage.provisioner,
      qualifiedNameProblems(storage.provisioner.toLowerCase()),
    )
  rules.oneOf('reclaimPolicy', storage.reclaimPolicy ?? 'Delete', ['Delete', 'Retain'])
  rules.oneOf('volumeBindingMode', storage.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'])
  if (!previous) return
  for (const key of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const)
    rules.immutable(key, storage[key], previous[key])
}

const TOKEN_SECONDS = { min: 600, max: 2 ** 32 }

export function checkCsiDriver(rules: Rules, { spec }: CSIDriver, previous: CSIDriver | undefined): void {
  if (!rules.required('spec', spec)) return
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec
  const { nodeAllocatableUpdatePeriodSeconds: period } = spec
  if (fsGroupPolicy !== undefined)
    rules.oneOf('spec.fsGroupPolicy', fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'])
  const audiences = new Set<string>()
  for (const [index, { audience, expirationSeconds: seconds }] of tokenRequests.entries()) {
    const field = `spec.tokenRequests[${index}]`
    if (audiences.has(audience)) rules.add(duplicate(`${field}.audience`, audience))
    audiences.add(audience)
    if (seconds === undefined) continue
    if (seconds < TOKEN_SECONDS.min)
      rules.invalid(`${field}.expirationSeconds`, seconds, [
        'may not specify a duration less than 10 minutes',
      ])
    if (seconds > TOKEN_SECONDS.max)
      rules.invalid(`${field}.expirationSeconds`, seconds, [
        'may not specify a duration larger than 2^32 seconds',
      ])
  }
  for (const mode of volumeLifecycleModes)
    if (mode !== 'Persistent' && mode !== 'Ephemeral')
      rules.add(notSupported('spec.volumeLifecycleModes', mode, ['Persistent', 'Ephemeral']))
  if (period !== undefined && period < 10)
    rules.invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, [
      'must be greater than or equal to 10 seconds',
    ])
  if (!previous) return
  // The misspelt path is upstream's.
  rules.immutable('spec.attachedRequired', spec.attachRequired, previous.spec.attachRequired)
  rules.immutable('spec.volumeLifecycleModes', volumeLifecycleModes, previous.spec.volumeLifecycleModes)
}

export function checkCsiNode(rules: Rules, { spec }: CSINode, previous: CSINode | undefined): void {
  const names = new Set<string>()
  for (const [index, driver] of (spec?.drivers ?? []).entries()) {
    const field = `spec.drivers[${index}]`
    const { name, nodeID, allocatable, topologyKeys = [] } = driver
    rules.name(`${field}.name`, name, dnsSubdomainProblems)
    if (rules.required(`${field}.nodeID`, nodeID) && nodeID.length > 256)
      rules.invalid(`${field}.nodeID`, nodeID, ['must be 256 characters or less'])
    rules.notNegative(`${field}.allocatable.count`, allocatable?.count)
    if (names.has(name)) rules.add(duplicate(`${field}.name`, name))
    names.add(name)
    for (const key of topologyKeys) rules.invalid(field, key, qualifiedNameProblems(key))
    const before = previous?.spec?.drivers?.find(other => other.name === name)
    const fixed = { ...driver, allocatable: undefined }
    if (before && !equalJson(fixed, { ...before, allocatable: undefined }))
      rules.invalid('spec.drivers', driver, ['field is immutable'])
  }
}
