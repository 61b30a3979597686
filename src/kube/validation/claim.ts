import type { PersistentVolumeClaimSpec } from '../generated/core-v1.ts'
import { dnsSubdomainProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { notSupported } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** What a claim asks for, wherever it is written: of its own, in a template, in a pod's ephemeral volume. */
export function checkClaimSpec(
  rules: Rules,
  field: string,
  spec: PersistentVolumeClaimSpec | undefined,
): void {
  const { accessModes: modes, selector, resources } = spec ?? {}
  rules.required(`${field}.accessModes`, modes, 'at least 1 access mode is required')
  rules.selector(`${field}.selector`, selector)
  checkAccessModes(rules, `${field}.accessModes`, modes)
  const size = resources?.requests?.['storage']
  if (size === undefined) rules.required(`${field}.resources[storage]`, size)
  else checkSize(rules, `${field}.resources[storage]`, size)
  if (spec) checkClass(rules, field, spec)
  for (const source of ['dataSource', 'dataSourceRef'] as const) {
    const reference = spec?.[source]
    if (!reference) continue
    rules.required(`${field}.${source}.name`, reference.name)
    rules.required(`${field}.${source}.kind`, reference.kind)
    if (!reference.apiGroup && reference.kind !== 'PersistentVolumeClaim')
      rules.invalid(`${field}.${source}`, reference.kind, [
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ])
    if (reference.apiGroup)
      rules.invalid(
        `${field}.${source}.apiGroup`,
        reference.apiGroup,
        dnsSubdomainProblems(reference.apiGroup),
      )
  }
}

/** The modes are known, and the one for a single pod stands alone. */
export function checkAccessModes(
  rules: Rules,
  field: string,
  modes: readonly string[] | undefined = [],
): void {
  for (const mode of modes) if (!accessModes.includes(mode)) rules.add(notSupported(field, mode, accessModes))
  const known = modes.filter(mode => accessModes.includes(mode))
  if (known.includes('ReadWriteOncePod') && known.some(mode => mode !== 'ReadWriteOncePod'))
    rules.forbidden(field, 'may not use ReadWriteOncePod with other access modes')
}

export function checkSize(rules: Rules, field: string, size: string): void {
  if (compareQuantities(size, '0') <= 0) rules.invalid(field, size, ['must be greater than zero'])
}

export function checkClass(
  rules: Rules,
  field: string,
  { storageClassName, volumeMode }: Pick<PersistentVolumeClaimSpec, 'storageClassName' | 'volumeMode'>,
): void {
  if (storageClassName)
    rules.invalid(`${field}.storageClassName`, storageClassName, dnsSubdomainProblems(storageClassName))
  if (volumeMode !== undefined) rules.oneOf(`${field}.volumeMode`, volumeMode, ['Block', 'Filesystem'])
}
