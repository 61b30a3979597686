import type { ObjectFieldSelector, ResourceFieldSelector } from '../generated/core-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import type { Rules } from './rules.ts'

/** What environment variables, and files of volumes, may show of their pod. */
export const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]

/** Paths that are known at all, whether or not they may be shown at that place. */
const known = new Set([
  ...environmentFields,
  ...volumeFields,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

/** One field of the pod: `metadata.name`, or `metadata.labels['key']`. */
export function checkFieldReference(
  rules: Rules,
  field: string,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  allowed: readonly string[],
): void {
  if (!rules.required(`${field}.apiVersion`, apiVersion)) return
  if (!rules.required(`${field}.fieldPath`, fieldPath)) return
  const [, path = '', key] = /^(.*)\['(.*)'\]$/s.exec(fieldPath) ?? [undefined, fieldPath]
  const isMap = path === 'metadata.annotations' || path === 'metadata.labels'
  const problem = conversionProblem(apiVersion ?? '', fieldPath, { path, isSubscripted: key !== undefined })
  if (problem !== undefined)
    rules.invalid(`${field}.fieldPath`, fieldPath, [`error converting fieldPath: ${problem}`])
  else if (key !== undefined && isMap)
    rules.invalid(
      field,
      key,
      qualifiedNameProblems(path === 'metadata.annotations' ? key.toLowerCase() : key),
    )
  else if (!allowed.includes(path)) rules.among(`${field}.fieldPath`, path, allowed)
}

function conversionProblem(
  apiVersion: string,
  fieldPath: string,
  { path, isSubscripted }: { path: string; isSubscripted: boolean },
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`
  const isMap = path === 'metadata.annotations' || path === 'metadata.labels'
  if (isSubscripted) return isMap ? undefined : `field label does not support subscript: ${fieldPath}`
  return known.has(path) ? undefined : `field label not supported: ${fieldPath}`
}

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const isHugePages = (resource: string) => /^(limits|requests)\.hugepages-/.test(resource)
const cpuUnits = ['1m', '1']
const byteUnits = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

/** A request or limit of a container; files name the container, variables are of their own. */
export function checkResourceReference(
  rules: Rules,
  field: string,
  { containerName, resource, divisor = '0' }: ResourceFieldSelector,
  isFile: boolean,
): void {
  if (isFile && !containerName) rules.required(`${field}.containerName`, undefined)
  else if (rules.required(`${field}.resource`, resource) && !isHugePages(resource))
    if (!resources.includes(resource)) rules.among(`${field}.resource`, resource, resources)
  if (Number(divisor) === 0 || !resource) return
  const isCpu = resource.endsWith('.cpu')
  const units = isCpu ? cpuUnits : byteUnits
  if (!(isHugePages(resource) || resources.includes(resource)) || units.includes(String(divisor))) return
  const of = isCpu
    ? 'cpu'
    : resource.endsWith('.memory')
      ? 'memory'
      : isHugePages(resource)
        ? 'hugepages'
        : 'local ephemeral storage'
  const values = isCpu ? '1m and 1' : byteUnits.join(', ')
  rules.invalid(`${field}.divisor`, resource, [
    `only divisor's values ${values} are supported with the ${of} resource`,
  ])
}
