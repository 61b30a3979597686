import type {
  ClusterTrustBundleProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../generated/core-v1.ts'
import { invalidValue } from '../schema/field-error.ts'
import { checkFieldReference, checkResourceReference, volumeFields } from './downward-api.ts'
import { checkFileMode, checkFilePath } from './paths.ts'
import type { Rules } from './rules.ts'

/** Keys of a Secret or ConfigMap as files. */
export function checkItems(rules: Rules, field: string, items: readonly KeyToPath[] | undefined): void {
  for (const [index, { key, path, mode }] of (items ?? []).entries()) {
    const at = `${field}.items[${index}]`
    rules.required(`${at}.key`, key)
    rules.required(`${at}.path`, path)
    checkFilePath(rules, `${at}.path`, path)
    checkFileMode(rules, `${at}.mode`, mode)
  }
}

/** Fields of the pod as files. Upstream names no index. */
export function checkFiles(
  rules: Rules,
  field: string,
  files: readonly DownwardAPIVolumeFile[] | undefined,
): void {
  for (const { path, mode, fieldRef, resourceFieldRef } of files ?? []) {
    rules.required(`${field}.path`, path)
    checkFilePath(rules, `${field}.path`, path)
    if (fieldRef) {
      checkFieldReference(rules, `${field}.fieldRef`, fieldRef, volumeFields)
      if (resourceFieldRef)
        rules.add(
          invalidValue(
            field,
            'resource',
            'fieldRef and resourceFieldRef can not be specified simultaneously',
          ),
        )
    } else if (resourceFieldRef)
      checkResourceReference(rules, `${field}.resourceFieldRef`, resourceFieldRef, true)
    else rules.required(field, undefined, 'one of fieldRef and resourceFieldRef is required')
    checkFileMode(rules, `${field}.mode`, mode)
  }
}

const TOKEN_SECONDS = { min: 600, max: 2 ** 32 }

/** Several sources in one volume, whose files do not collide. */
export function checkProjected(
  rules: Rules,
  field: string,
  { defaultMode, sources }: ProjectedVolumeSource,
): void {
  checkFileMode(rules, `${field}.defaultMode`, defaultMode)
  const paths = new Set<string>()
  const claim = (path: string | undefined, shown: string | undefined) => {
    if (!path) return
    if (paths.has(path)) rules.add(invalidValue(field, shown ?? '', 'conflicting duplicate paths'))
    paths.add(path)
  }
  for (const [index, source] of (sources ?? []).entries()) {
    const at = `${field}.sources[${index}]`
    for (const kind of ['secret', 'configMap'] as const) {
      const map = source[kind]
      if (!map) continue
      rules.required(`${at}.${kind}.name`, map.name)
      checkItems(rules, `${at}.${kind}`, map.items)
      for (const { path } of map.items ?? []) claim(path, map.name)
    }
    checkFiles(rules, `${at}.downwardAPI`, source.downwardAPI?.items)
    for (const { path } of source.downwardAPI?.items ?? []) claim(path, path)
    if (source.serviceAccountToken) checkToken(rules, field, at, source.serviceAccountToken)
    if (source.clusterTrustBundle) {
      checkTrustBundle(rules, `${at}.clusterTrustBundle`, source.clusterTrustBundle)
      claim(source.clusterTrustBundle.path, source.clusterTrustBundle.path)
    }
    if (countOf(source) > 1) rules.forbidden(at, 'may not specify more than 1 volume type per source')
  }
}

const countOf = (source: VolumeProjection): number =>
  Object.values(source).filter(value => value !== undefined).length

function checkToken(
  rules: Rules,
  volume: string,
  source: string,
  { expirationSeconds: seconds = 0, path }: ServiceAccountTokenProjection,
): void {
  const at = `${source}.serviceAccountToken.expirationSeconds`
  if (seconds < TOKEN_SECONDS.min)
    rules.invalid(at, seconds, ['may not specify a duration less than 10 minutes'])
  if (seconds > TOKEN_SECONDS.max)
    rules.invalid(at, seconds, ['may not specify a duration larger than 2^32 seconds'])
  // The volume's path, as upstream has it.
  if (rules.required(`${volume}.path`, path)) checkFilePath(rules, `${volume}.path`, path)
}

function checkTrustBundle(rules: Rules, field: string, bundle: ClusterTrustBundleProjection): void {
  const { name, signerName, path } = bundle
  if (name !== undefined && signerName !== undefined)
    rules.invalid(field, bundle, ['only one of name and signerName may be used'])
  else if (name === undefined && signerName === undefined)
    rules.required(field, undefined, 'either name or signerName must be specified')
  rules.required(`${field}.path`, path)
  checkFilePath(rules, `${field}.path`, path)
}
