import type { ApplicationOperationSyncSourceKustomize } from '../../kinds/generated/application.ts'
import { RenderError } from '../render-error.ts'
import { parseImageOverride } from './images.ts'
import type { Kustomization, Patch } from './kustomization.ts'

/** The `kustomize` block of an Application's source. */
export type KustomizeOverrides = ApplicationOperationSyncSourceKustomize

const unsupported = [
  'components',
  'ignoreMissingComponents',
  'version',
  'kubeVersion',
  'apiVersions',
  'commonAnnotationsEnvsubst',
] as const satisfies readonly (keyof KustomizeOverrides)[]

/** Throws RenderError for a field of the block that is not supported. */
export function checkOverrides(overrides: KustomizeOverrides): void {
  for (const field of unsupported) {
    const value = overrides[field]
    if (
      value !== undefined &&
      value !== false &&
      value !== '' &&
      !(Array.isArray(value) && value.length === 0)
    )
      throw new RenderError(`spec.source.kustomize.${field} is not supported yet`)
  }
}

/** Changes a kustomization as Argo CD does with `kustomize edit` before it builds. */
export function override(kustomization: Kustomization, overrides: KustomizeOverrides): Kustomization {
  checkOverrides(overrides)
  const images = (overrides.images ?? []).map(parseImageOverride)
  const replicas = (overrides.replicas ?? []).map(({ name, count }) => ({ name, count: Number(count) }))
  const names = (items: readonly { name: string }[]) => new Set(items.map(item => item.name))
  const result: Kustomization = {
    ...kustomization,
    images: [...kustomization.images.filter(image => !names(images).has(image.name)), ...images],
    replicas: [...kustomization.replicas.filter(entry => !names(replicas).has(entry.name)), ...replicas],
    // Argo CD's field names are kustomize's own.
    patches: [...kustomization.patches, ...((overrides.patches ?? []) as Patch[])],
  }
  if (overrides.namePrefix) result.namePrefix = overrides.namePrefix
  if (overrides.nameSuffix) result.nameSuffix = overrides.nameSuffix
  if (overrides.namespace) result.namespace = overrides.namespace
  addLabels(result, overrides)
  if (overrides.commonAnnotations) {
    refuseTaken('commonAnnotations', kustomization.commonAnnotations, {
      wanted: overrides.commonAnnotations,
      force: overrides.forceCommonAnnotations,
    })
    result.commonAnnotations = { ...kustomization.commonAnnotations, ...overrides.commonAnnotations }
  }
  return result
}

function addLabels(result: Kustomization, overrides: KustomizeOverrides): void {
  const { commonLabels } = overrides
  if (!commonLabels) return
  const force = overrides.forceCommonLabels
  refuseTaken('commonLabels', result.commonLabels, { wanted: commonLabels, force })
  if (overrides.labelWithoutSelector)
    result.labels = [
      ...result.labels,
      { pairs: commonLabels, includeTemplates: overrides.labelIncludeTemplates === true },
    ]
  else result.commonLabels = { ...result.commonLabels, ...commonLabels }
}

function refuseTaken(
  field: string,
  present: Readonly<Record<string, string>> | undefined,
  { wanted, force }: { wanted: Readonly<Record<string, string>>; force: boolean | undefined },
): void {
  if (force) return
  const taken = Object.keys(wanted).find(key => present?.[key] !== undefined)
  if (taken !== undefined)
    throw new RenderError(
      `spec.source.kustomize.${field}: "${taken}" is in the kustomization already; set force${field.charAt(0).toUpperCase()}${field.slice(1)} to replace it`,
    )
}
