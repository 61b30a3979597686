import type {
  CSIVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  Volume,
} from '../generated/core-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { duplicate } from '../schema/field-error.ts'
import { checkClaimSpec } from './claim.ts'
import { checkFileMode, checkNoBacksteps } from './paths.ts'
import { checkFiles, checkItems, checkProjected } from './projected-volume.ts'
import { Rules } from './rules.ts'

/**
 * Checks the volumes of a pod, and yields the names of those that are in order: only these can be mounted.
 * `podName` is part of the names of the claims that ephemeral volumes make.
 */
export function checkVolumes(
  rules: Rules,
  field: string,
  volumes: readonly Volume[] | undefined,
  podName?: string,
): Set<string> {
  const names = new Set<string>()
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${field}[${index}]`
    const own = new Rules()
    checkSources(own, at, volume)
    if (volume.ephemeral && podName && volume.name) checkClaimName(own, `${at}.name`, volume.name, podName)
    own.name(`${at}.name`, volume.name, dnsLabelProblems)
    if (names.has(volume.name)) own.add(duplicate(`${at}.name`, volume.name))
    if (own.errors.length === 0) names.add(volume.name)
    rules.add(...own.errors)
  }
  return names
}

function checkClaimName(rules: Rules, field: string, volume: string, podName: string): void {
  const name = `${podName}-${volume}`
  for (const problem of dnsSubdomainProblems(name))
    rules.invalid(field, volume, [`PVC name "${name}": ${problem}`])
}

/** One source, with what it needs; of several only the first counts. */
function checkSources(rules: Rules, field: string, volume: Volume): void {
  const [first, ...more] = sourceOrder.filter(source => volume[source] !== undefined)
  if (first === undefined) rules.required(field, undefined, 'must specify a volume type')
  else checkSource(rules, `${field}.${first}`, volume, first)
  for (const extra of more) rules.forbidden(`${field}.${extra}`, 'may not specify more than 1 volume type')
}

/** In the order in which upstream looks for them. */
const sourceOrder = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const

function checkSource(
  rules: Rules,
  field: string,
  volume: Volume,
  source: (typeof sourceOrder)[number],
): void {
  const { emptyDir, hostPath, gitRepo, secret, configMap, nfs, iscsi, projected, csi, image } = volume
  switch (source) {
    case 'emptyDir':
      if (emptyDir?.sizeLimit !== undefined && compareQuantities(emptyDir.sizeLimit, '0') < 0)
        rules.forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
      break
    case 'hostPath':
      if (hostPath) checkHostPath(rules, field, hostPath)
      break
    case 'gitRepo':
      rules.required(`${field}.repository`, gitRepo?.repository)
      break
    case 'secret':
      rules.required(`${field}.secretName`, secret?.secretName)
      checkFileMode(rules, `${field}.defaultMode`, secret?.defaultMode)
      checkItems(rules, field, secret?.items)
      break
    case 'configMap':
      rules.required(`${field}.name`, configMap?.name)
      checkFileMode(rules, `${field}.defaultMode`, configMap?.defaultMode)
      checkItems(rules, field, configMap?.items)
      break
    case 'nfs':
      if (nfs) checkNfs(rules, field, nfs)
      break
    case 'iscsi':
      if (iscsi) checkIscsi(rules, field, iscsi)
      break
    case 'persistentVolumeClaim':
      rules.required(`${field}.claimName`, volume.persistentVolumeClaim?.claimName)
      break
    case 'downwardAPI':
      checkFileMode(rules, `${field}.defaultMode`, volume.downwardAPI?.defaultMode)
      checkFiles(rules, field, volume.downwardAPI?.items)
      break
    case 'projected':
      if (projected) checkProjected(rules, field, projected)
      break
    case 'csi':
      if (csi) checkCsi(rules, field, csi)
      break
    case 'ephemeral':
      if (rules.required(`${field}.volumeClaimTemplate`, volume.ephemeral?.volumeClaimTemplate))
        checkClaimSpec(
          rules,
          `${field}.volumeClaimTemplate.spec`,
          volume.ephemeral?.volumeClaimTemplate?.spec,
        )
      break
    case 'image':
      rules.required(`${field}.reference`, image?.reference)
      rules.oneOf(`${field}.pullPolicy`, image?.pullPolicy, ['Always', 'IfNotPresent', 'Never'])
      break
    // What nothing here can mount is taken as sent, as far as its type allows.
    default:
  }
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export function checkHostPath(rules: Rules, field: string, { path, type = '' }: HostPathVolumeSource): void {
  rules.required(`${field}.path`, path)
  checkNoBacksteps(rules, `${field}.path`, path)
  rules.among(`${field}.type`, type, hostPathTypes)
}

export function checkNfs(
  rules: Rules,
  field: string,
  { server, path = '' }: { server?: string; path?: string },
): void {
  rules.required(`${field}.server`, server)
  rules.required(`${field}.path`, path)
  if (!path.startsWith('/')) rules.invalid(`${field}.path`, path, ['must be an absolute path'])
}

const qualifiedNames: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Fa-f0-9]{16}$/],
  ['naa', /^naa.[A-Fa-f0-9]{32}$/],
]

function checkIscsi(rules: Rules, field: string, source: ISCSIVolumeSource): void {
  const { targetPortal, iqn, lun = 0, chapAuthDiscovery, chapAuthSession, secretRef } = source
  rules.required(`${field}.targetPortal`, targetPortal)
  if (rules.required(`${field}.iqn`, iqn)) {
    const [, pattern] = qualifiedNames.find(([prefix]) => iqn.startsWith(prefix)) ?? []
    if (!pattern) rules.invalid(`${field}.iqn`, iqn, ['must be valid format starting with iqn, eui, or naa'])
    else if (!pattern.test(iqn)) rules.invalid(`${field}.iqn`, iqn, ['must be valid format'])
  }
  if (lun < 0 || lun > 255) rules.invalid(`${field}.lun`, lun, ['must be between 0 and 255, inclusive'])
  if (chapAuthDiscovery || chapAuthSession) rules.required(`${field}.secretRef`, secretRef)
}

function checkCsi(rules: Rules, field: string, { driver, nodePublishSecretRef }: CSIVolumeSource): void {
  checkDriverName(rules, `${field}.driver`, driver)
  if (!nodePublishSecretRef) return
  const { name } = nodePublishSecretRef
  // The path without the reference is upstream's.
  if (rules.required(`${field}.nodePublishSecretRef.name`, name))
    rules.invalid(`${field}.name`, name, dnsSubdomainProblems(name ?? ''))
}

/** Names of drivers: short, and like a domain in any case of letters. */
export function checkDriverName(rules: Rules, field: string, name: string | undefined): void {
  if (!rules.required(field, name) || name === undefined) return
  if (name.length > 63) rules.tooLong(field, 63)
  rules.invalid(field, name, dnsSubdomainProblems(name.toLowerCase()))
}
