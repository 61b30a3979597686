import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Volume,
  VolumeProjection,
} from '../../../kube/generated/core-v1.ts'
import { ConfigError } from '../container/config-error.ts'
import { fieldValue, type PodFacts, resourceValue } from '../container/downward.ts'
import type { ConfigSources } from '../container/environment.ts'

export interface VolumeFile {
  data: Buffer
  mode: number
}

/** What a volume holds: files that the node writes, an empty directory, or a path of the host. */
export type VolumeContent =
  | { kind: 'files'; files: ReadonlyMap<string, VolumeFile> }
  | { kind: 'empty' }
  | { kind: 'host'; path: string; type: string }

/** The kinds of volume that this node provides. */
export const SUPPORTED_VOLUMES = ['emptyDir', 'configMap', 'secret', 'downwardAPI', 'projected', 'hostPath']
const SUPPORTED_PROJECTIONS = ['configMap', 'secret', 'downwardAPI']

const DEFAULT_MODE = 0o644

/** Reads a volume's content out of the objects it names. Throws ConfigError naming what is missing. */
export function volumeContent(volume: Volume, facts: PodFacts, sources: ConfigSources): VolumeContent {
  if (volume.hostPath) return { kind: 'host', path: volume.hostPath.path, type: volume.hostPath.type ?? '' }
  if (volume.emptyDir) return { kind: 'empty' }
  const files = new Map<string, VolumeFile>()
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) addProjection({ configMap }, configMap.defaultMode, { facts, sources, files })
  else if (secret)
    addProjection(
      { secret: { name: secret.secretName, items: secret.items, optional: secret.optional } },
      secret.defaultMode,
      { facts, sources, files },
    )
  else if (downwardAPI) addProjection({ downwardAPI }, downwardAPI.defaultMode, { facts, sources, files })
  else
    for (const source of projected?.sources ?? [])
      addProjection(source, projected?.defaultMode, { facts, sources, files })
  return { kind: 'files', files }
}

interface Target {
  facts: PodFacts
  sources: ConfigSources
  files: Map<string, VolumeFile>
}

function addProjection(source: VolumeProjection, defaultMode = DEFAULT_MODE, target: Target): void {
  const { sources, files } = target
  if (source.configMap) {
    const { name = '', items, optional } = source.configMap
    const object = sources.configMap(name)
    if (!object && !optional) throw new ConfigError(`configmap "${name}" not found`)
    const data = new Map<string, Buffer>()
    for (const [key, text] of Object.entries(object?.data ?? {})) data.set(key, Buffer.from(text))
    for (const [key, text] of Object.entries(object?.binaryData ?? {}))
      data.set(key, Buffer.from(text, 'base64'))
    addKeys(data, { items, optional, defaultMode, owner: `configmap "${name}"` }, files)
  }
  if (source.secret) {
    const { name = '', items, optional } = source.secret
    const object = sources.secret(name)
    if (!object && !optional) throw new ConfigError(`secret "${name}" not found`)
    const data = new Map(
      Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]),
    )
    addKeys(data, { items, optional, defaultMode, owner: `secret "${name}"` }, files)
  }
  for (const item of source.downwardAPI?.items ?? []) addDownward(item, defaultMode, target)
}

interface Selection {
  items: KeyToPath[] | undefined
  optional: boolean | undefined
  defaultMode: number
  owner: string
}

function addKeys(
  data: ReadonlyMap<string, Buffer>,
  { items, optional, defaultMode, owner }: Selection,
  files: Map<string, VolumeFile>,
): void {
  if (!items) {
    for (const [key, bytes] of data) files.set(key, { data: bytes, mode: defaultMode })
    return
  }
  for (const { key, path, mode } of items) {
    const bytes = data.get(key)
    if (bytes) files.set(safePath(path), { data: bytes, mode: mode ?? defaultMode })
    else if (!optional) throw new ConfigError(`${owner} references non-existent config key: ${key}`)
  }
}

function addDownward(item: DownwardAPIVolumeFile, defaultMode: number, { facts, files }: Target): void {
  const text = item.fieldRef
    ? fieldValue(item.fieldRef.fieldPath, facts)
    : item.resourceFieldRef
      ? resourceValue(item.resourceFieldRef, undefined, facts)
      : ''
  files.set(safePath(item.path), { data: Buffer.from(text), mode: item.mode ?? defaultMode })
}

/** A path inside a volume. Throws ConfigError when it leaves the volume. */
export function safePath(path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..'))
    throw new ConfigError(`path "${path}" must be relative and must not contain ".."`)
  return path
}

/** The field of each volume that this node cannot provide, with what it can. */
export function unsupportedVolumes(volumes: readonly Volume[]): string[] {
  return volumes.flatMap((volume, index) => {
    const { name: _, ...source } = volume
    const [kind = 'emptyDir'] = Object.keys(source)
    if (!SUPPORTED_VOLUMES.includes(kind))
      return [
        `spec.volumes[${index}].${kind}: not supported by this node, which provides ${SUPPORTED_VOLUMES.join(', ')}`,
      ]
    return (volume.projected?.sources ?? []).flatMap((projection, position) => {
      const [type = ''] = Object.keys(projection)
      return SUPPORTED_PROJECTIONS.includes(type)
        ? []
        : [
            `spec.volumes[${index}].projected.sources[${position}].${type}: not supported by this node, which projects ${SUPPORTED_PROJECTIONS.join(', ')}`,
          ]
    })
  })
}
