import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../../kube/generated/core-v1.ts'
import { ConfigError } from '../container/config-error.ts'
import { fieldValue, type PodFacts, resourceValue } from '../container/downward.ts'
import type { ConfigSources } from '../container/environment.ts'
import { type ClaimSources, claimedPath } from './claimed-path.ts'
import { commonUser } from './ownership.ts'

export interface VolumeFile {
  data: Buffer
  mode: number
  /** Who may read a file that nobody else may; without: this process's user. */
  user?: number | undefined
}

/** What a volume holds: files that the node writes, an empty directory, a path of the host, or an image's files. */
export type VolumeContent =
  | { kind: 'files'; files: ReadonlyMap<string, VolumeFile> }
  | { kind: 'empty'; memory: boolean; sizeLimit: string | undefined }
  | { kind: 'host'; path: string; type: string; readOnly: boolean; claimed: boolean }
  | { kind: 'image'; reference: string }

/** The objects of a pod's namespace that its volumes name, and the tokens it holds. */
export interface VolumeSources extends ConfigSources, ClaimSources {
  token(projection: ServiceAccountTokenProjection): string
}

const SUPPORTED_VOLUMES = [
  'emptyDir',
  'configMap',
  'secret',
  'downwardAPI',
  'projected',
  'hostPath',
  'persistentVolumeClaim',
  'ephemeral',
  'image',
]
const SUPPORTED_PROJECTIONS = ['configMap', 'secret', 'downwardAPI', 'serviceAccountToken']

const DEFAULT_MODE = 0o644

/** Reads a volume's content out of the objects it names. Throws ConfigError naming what is missing. */
export function volumeContent(volume: Volume, facts: PodFacts, sources: VolumeSources): VolumeContent {
  if (volume.hostPath) {
    const { path, type = '' } = volume.hostPath
    return { kind: 'host', path, type, readOnly: false, claimed: false }
  }
  if (volume.persistentVolumeClaim || volume.ephemeral)
    return { kind: 'host', claimed: true, ...claimedPath(facts.pod, volume, sources) }
  if (volume.image) return { kind: 'image', reference: volume.image.reference ?? '' }
  const { emptyDir } = volume
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
  else if (projected)
    for (const source of projected.sources ?? [])
      addProjection(source, projected.defaultMode, { facts, sources, files })
  // A volume without a source is an empty directory, by the API's default.
  else
    return {
      kind: 'empty',
      memory: emptyDir?.medium === 'Memory',
      sizeLimit: emptyDir?.sizeLimit === undefined ? undefined : String(emptyDir.sizeLimit),
    }
  return { kind: 'files', files }
}

interface Target {
  facts: PodFacts
  sources: VolumeSources
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
  if (source.serviceAccountToken) {
    const { path } = source.serviceAccountToken
    const data = Buffer.from(sources.token(source.serviceAccountToken))
    files.set(safePath(path), { data, ...tokenAccess(target.facts.pod, defaultMode) })
  }
  for (const item of source.downwardAPI?.items ?? []) addDownward(item, defaultMode, target)
}

/** A token is for the pod's user or group only where one is named, as the kubelet's projected volumes have it. */
function tokenAccess(pod: Pod, defaultMode: number): Pick<VolumeFile, 'mode' | 'user'> {
  const user = commonUser(pod)
  const isPrivate = user !== undefined || pod.spec.securityContext?.fsGroup !== undefined
  return { mode: isPrivate ? 0o600 : defaultMode, user }
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
