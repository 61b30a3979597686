import { equalJson } from '../copy.ts'
import type {
  CSIPersistentVolumeSource,
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from '../generated/core-v1.ts'
import type { CSIDriver, CSINode, StorageClass } from '../generated/storage-v1.ts'
import { dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { duplicate, notSupported } from '../schema/field-error.ts'
import { checkAccessModes, checkClaimSpec, checkClass, checkSize } from './claim.ts'
import { checkNodeSelector } from './pod-placement.ts'
import type { Rules } from './rules.ts'
import { checkDriverName, checkHostPath, checkNfs } from './volume.ts'
import { checkTopologies } from './volume-kinds.ts'

export function checkClaim(
  rules: Rules,
  claim: PersistentVolumeClaim,
  previous: PersistentVolumeClaim | undefined,
): void {
  const { spec } = claim
  if (!rules.required('spec', spec)) return
  checkClaimSpec(rules, 'spec', spec)
  if (previous) checkClaimKept(rules, claim, previous)
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
  checkAccessModes(rules, 'spec.accessModes', spec.accessModes)
  const { capacity = {} } = spec
  if (Object.keys(capacity).length === 0) rules.required('spec.capacity', undefined)
  if (capacity['storage'] === undefined || Object.keys(capacity).length > 1)
    rules.add(notSupported('spec.capacity', spec.capacity ?? null, ['storage']))
  for (const [resource, size] of Object.entries(capacity))
    checkSize(rules, `spec.capacity[${resource}]`, size)
  if (spec.persistentVolumeReclaimPolicy)
    rules.oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, [
      'Delete',
      'Recycle',
      'Retain',
    ])
  checkNodes(rules, spec)
  checkSource(rules, spec)
  checkClass(rules, 'spec', spec)
  if (!previous) return
  if (!equalJson(sourceOf(spec), sourceOf(previous.spec)))
    rules.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')
  rules.immutable('volumeMode', spec.volumeMode, previous.spec.volumeMode)
  const before = previous.spec.nodeAffinity
  if (before && !equalJson(spec.nodeAffinity, before))
    rules.invalid('nodeAffinity', inGo(spec.nodeAffinity), [
      'field is immutable, except for updating from beta label to GA',
    ])
}

/** As upstream prints the value: Go's names, and null for what is absent. */
function inGo(affinity: PersistentVolumeSpec['nodeAffinity']): object | null {
  if (!affinity) return null
  const requirement = ({ key = '', operator = '', values }: NodeSelectorRequirement) => ({
    Key: key,
    Operator: operator,
    Values: values ?? null,
  })
  const terms = affinity.required?.nodeSelectorTerms?.map(({ matchExpressions, matchFields }) => ({
    MatchExpressions: matchExpressions?.map(requirement) ?? null,
    MatchFields: matchFields?.map(requirement) ?? null,
  }))
  return { Required: affinity.required ? { NodeSelectorTerms: terms ?? null } : null }
}

function checkSource(rules: Rules, spec: PersistentVolumeSpec): void {
  const [first, ...more] = sources.filter(source => spec[source])
  if (first === undefined) rules.required('spec', undefined, 'must specify a volume type')
  for (const source of more) rules.forbidden(`spec.${source}`, 'may not specify more than 1 volume type')
  if (first === 'hostPath' && spec.hostPath) checkHostPath(rules, 'spec.hostPath', spec.hostPath)
  if (first === 'nfs' && spec.nfs) checkNfs(rules, 'spec.nfs', spec.nfs)
  if (first === 'csi' && spec.csi) checkCsi(rules, 'spec.csi', spec.csi)
  if (first === 'local') {
    rules.required('spec.local.path', spec.local?.path)
    if (!spec.nodeAffinity?.required)
      rules.required('spec.nodeAffinity', undefined, 'Local volume requires node affinity')
  }
}

const secretReferences = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const

function checkCsi(rules: Rules, field: string, source: CSIPersistentVolumeSource): void {
  checkDriverName(rules, `${field}.driver`, source.driver)
  rules.required(`${field}.volumeHandle`, source.volumeHandle)
  for (const key of secretReferences) {
    const reference = source[key]
    if (!reference) continue
    rules.required(`${field}.${key}.name`, reference.name)
    rules.required(`${field}.${key}.namespace`, reference.namespace)
  }
}

function checkNodes(rules: Rules, { nodeAffinity }: PersistentVolumeSpec): void {
  if (!nodeAffinity) return
  const field = 'spec.nodeAffinity.required'
  const { required } = nodeAffinity
  if (!required) rules.required(field, undefined, 'must specify required node constraints')
  else checkNodeSelector(rules, field, required)
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
  checkTopologies(rules, 'allowedTopologies', storage.allowedTopologies)
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
