import type { TopologySelectorTerm } from '../generated/core-v1.ts'
import type { CSIStorageCapacity, VolumeAttachment, VolumeAttributesClass } from '../generated/storage-v1.ts'
import { equalJson } from '../copy.ts'
import { dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { duplicate } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'
import { checkDriverName } from './volume.ts'

export function checkVolumeAttachment(
  rules: Rules,
  { spec }: VolumeAttachment,
  previous: VolumeAttachment | undefined,
): void {
  const { attacher, nodeName = '', source } = spec ?? {}
  const { persistentVolumeName: name, inlineVolumeSpec } = source ?? {}
  checkDriverName(rules, 'spec.attacher', attacher)
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (inlineVolumeSpec && name !== undefined) rules.forbidden('spec.source', one)
  else if (name !== undefined)
    rules.required('spec.source.persistentVolumeName', name, 'must specify non empty persistentVolumeName')
  else if (!inlineVolumeSpec) rules.required('spec.source', undefined, one)
  rules.invalid('spec.nodeName', nodeName, dnsSubdomainProblems(nodeName))
  if (name !== undefined) rules.invalid('spec.source.persistentVolumeName', name, dnsSubdomainProblems(name))
  if (previous) rules.immutable('spec', spec, previous.spec)
}

export function checkVolumeAttributesClass(
  rules: Rules,
  { driverName = '', parameters }: VolumeAttributesClass,
  previous: VolumeAttributesClass | undefined,
): void {
  if (previous && driverName !== previous.driverName)
    rules.forbidden('driverName', 'updates to driverName are forbidden.')
  if (previous && !equalJson(parameters, previous.parameters))
    rules.forbidden('parameters', 'updates to parameters are forbidden.')
  if (rules.required('driverName', driverName))
    rules.invalid('driverName', driverName.toLowerCase(), qualifiedNameProblems(driverName.toLowerCase()))
  if (Object.keys(parameters ?? {}).length === 0)
    rules.required('parameters', undefined, 'must contain at least one key/value pair')
}

export function checkCsiStorageCapacity(
  rules: Rules,
  { nodeTopology, storageClassName = '', capacity }: CSIStorageCapacity,
  previous: CSIStorageCapacity | undefined,
): void {
  rules.selector('nodeTopology', nodeTopology)
  rules.invalid('storageClassName', storageClassName, dnsSubdomainProblems(storageClassName))
  if (capacity !== undefined && compareQuantities(capacity, '0') < 0)
    rules.invalid('capacity', capacity, ['must be greater than or equal to 0'])
  if (!previous) return
  rules.immutable('nodeTopology', nodeTopology, previous.nodeTopology)
  rules.immutable('storageClassName', storageClassName, previous.storageClassName)
}

/** Where volumes of a class may be: keys once, values once, and no two terms the same. */
export function checkTopologies(
  rules: Rules,
  field: string,
  topologies: readonly TopologySelectorTerm[] = [],
): void {
  const seen: Record<string, readonly string[]>[] = []
  for (const [index, { matchLabelExpressions = [] }] of topologies.entries()) {
    const at = `${field}[${index}].matchLabelExpressions`
    const term: Record<string, readonly string[]> = {}
    for (const [position, { key = '', values = [] }] of matchLabelExpressions.entries()) {
      const of = `${at}[${position}]`
      rules.required(`${of}.values`, values)
      for (const [place, value] of values.entries())
        if (values.indexOf(value) !== place) rules.add(duplicate(`${of}.values[${place}]`, value))
      rules.invalid(`${of}.key`, key, qualifiedNameProblems(key))
      if (Object.hasOwn(term, key)) rules.add(duplicate(`${of}.key`, key))
      term[key] = [...new Set(values)].sort()
    }
    // Upstream takes a term that names nothing for a repeated one.
    const isEmpty = matchLabelExpressions.length === 0
    if (isEmpty || seen.some(other => equalJson(other, term))) rules.add(duplicate(at, ''))
    seen.push(term)
  }
}
