import type { Volume } from '../generated/core-v1.ts'
import { dnsLabelProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

/** Checks the volumes of a pod, and yields their names. */
export function checkVolumes(
  rules: Rules,
  field: string,
  volumes: readonly Volume[] | undefined,
): Set<string> {
  const names = new Set<string>()
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${field}[${index}]`
    rules.name(`${at}.name`, volume.name, dnsLabelProblems)
    if (volume.name && names.has(volume.name)) rules.add(duplicate(`${at}.name`, volume.name))
    names.add(volume.name)
    checkSource(rules, at, volume)
  }
  return names
}

function checkSource(rules: Rules, field: string, volume: Volume): void {
  const sources = Object.keys(volume).filter(
    key => key !== 'name' && volume[key as keyof Volume] !== undefined,
  )
  if (sources.length === 0) rules.required(field, undefined, 'must specify a volume type')
  for (const extra of sources.slice(1))
    rules.forbidden(`${field}.${extra}`, 'may not specify more than 1 volume type')
  const { configMap, secret, hostPath, persistentVolumeClaim, projected } = volume
  if (configMap) rules.required(`${field}.configMap.name`, configMap.name)
  if (secret) rules.required(`${field}.secret.secretName`, secret.secretName)
  if (
    hostPath &&
    rules.required(`${field}.hostPath.path`, hostPath.path) &&
    hostPath.path.split('/').includes('..')
  )
    rules.invalid(`${field}.hostPath.path`, hostPath.path, ["must not contain '..'"])
  if (persistentVolumeClaim)
    rules.required(`${field}.persistentVolumeClaim.claimName`, persistentVolumeClaim.claimName)
  for (const [index, source] of (projected?.sources ?? []).entries())
    if (Object.values(source).every(value => value === undefined))
      rules.required(`${field}.projected.sources[${index}]`, undefined, 'must specify a source type')
}
