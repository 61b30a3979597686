import { copyJson } from '../../../kube/copy.ts'
import { apiVersionOf, type Kind, parseApiVersion } from '../../../kube/kind.ts'
import type { Manifest, ManifestObject } from '../../../kube/manifest.ts'
import { isJsonObject } from '../../../kube/schema/schema.ts'
import { SYNC_OPTIONS, SYNC_WAVE, TRACKING_ID, trackingId } from './tracking.ts'

/** An object as an Application wants it. */
export interface Target {
  /** Undefined when the API serves no such kind. */
  kind: Kind | undefined
  object: ManifestObject
  file: string
  line: number
}

export const refOf = ({ object }: Target): { name: string; namespace: string | undefined } => ({
  name: object.metadata.name ?? '',
  namespace: object.metadata.namespace,
})

/** Group, kind, namespace and name: what makes two manifests the same object. */
export const identityOf = (object: {
  apiVersion: string
  kind: string
  metadata: { name?: string | undefined; namespace?: string | undefined }
}): string =>
  `${parseApiVersion(object.apiVersion).group}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`

/** `apps/Deployment prod/web`, for messages. */
export function describeObject(object: Parameters<typeof identityOf>[0]): string {
  const { group } = parseApiVersion(object.apiVersion)
  const { namespace, name } = object.metadata
  return `${group ? `${group}/` : ''}${object.kind} ${namespace ? `${namespace}/` : ''}${name ?? ''}`
}

export const describeTarget = (target: Target): string =>
  `${describeObject(target.object)} (${target.file}:${target.line})`

export interface TargetOptions {
  instance: string
  destinationNamespace: string | undefined
  resolve: (apiVersion: string, kind: string) => Promise<Kind | undefined>
}

/** What an Application wants, and what was repeated in its manifests (the last one wins, as in Argo CD). */
export interface Targets {
  targets: Target[]
  repeated: string[]
}

/** Puts rendered manifests into their namespaces and marks them as the Application's. */
export async function targetsOf(manifests: readonly Manifest[], options: TargetOptions): Promise<Targets> {
  const defined = definedKinds(manifests)
  const byIdentity = new Map<string, Target>()
  const repeated: string[] = []
  for (const { object: manifest, file, line } of manifests) {
    const { apiVersion, kind: name } = manifest
    const served = await options.resolve(apiVersion, name)
    const kind = served ?? defined.get(`${apiVersion}/${name}`)
    const object = copyJson(manifest)
    object.metadata ??= {}
    if (kind && !kind.namespaced) delete object.metadata.namespace
    else if (!object.metadata.namespace && options.destinationNamespace)
      object.metadata.namespace = options.destinationNamespace
    delete object['status']
    foldStringData(object)
    object.metadata.annotations = {
      ...object.metadata.annotations,
      [TRACKING_ID]: trackingId(options.instance, object),
    }
    const identity = identityOf(object)
    if (byIdentity.has(identity)) repeated.push(describeObject(object))
    byIdentity.set(identity, { kind: served, object, file, line })
  }
  return { targets: [...byIdentity.values()], repeated }
}

/** A Secret's stringData as the API server keeps it: it is write-only, and would differ from the live object for ever. */
function foldStringData(object: ManifestObject): void {
  const { data, stringData } = object
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !isJsonObject(stringData)) return
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ])
  object['data'] = { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) }
  delete object['stringData']
}

/** Kinds of CustomResourceDefinitions among the manifests, which the API will serve once these are applied. */
function definedKinds(manifests: readonly Manifest[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const { object } of manifests) {
    const { spec } = object
    if (object.kind !== 'CustomResourceDefinition' || !isJsonObject(spec) || !isJsonObject(spec['names']))
      continue
    const names = spec['names']
    for (const version of Array.isArray(spec['versions']) ? (spec['versions'] as unknown[]) : []) {
      if (!isJsonObject(version)) continue
      const kind: Kind = {
        group: String(spec['group']),
        version: String(version['name']),
        kind: String(names['kind']),
        plural: String(names['plural']),
        namespaced: spec['scope'] === 'Namespaced',
      }
      kinds.set(`${apiVersionOf(kind)}/${kind.kind}`, kind)
    }
  }
  return kinds
}

/** The comma-separated options of an annotation. */
export const optionsOf = (
  object: ManifestObject | { metadata: { annotations?: Record<string, string> | undefined } },
  annotation: string,
): string[] =>
  (object.metadata.annotations?.[annotation] ?? '')
    .split(',')
    .map(option => option.trim())
    .filter(option => option !== '')

export const hasSyncOption = (object: Parameters<typeof optionsOf>[0], option: string): boolean =>
  optionsOf(object, SYNC_OPTIONS).includes(option)

export function waveOf(object: Parameters<typeof optionsOf>[0]): number {
  const wave = Number(object.metadata.annotations?.[SYNC_WAVE] ?? 0)
  return Number.isInteger(wave) ? wave : 0
}
