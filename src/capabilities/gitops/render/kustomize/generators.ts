import type { ManifestObject } from '../../../../kube/manifest.ts'
import { baseNameOf, type FileTree } from '../file-tree.ts'
import { RenderError } from '../render-error.ts'
import type { Generator, GeneratorOptions } from './kustomization.ts'
import { loadFile } from './load-file.ts'
import type { Resource } from './resource.ts'

export interface Generation {
  tree: FileTree
  folder: string
  kind: 'ConfigMap' | 'Secret'
  common: GeneratorOptions | undefined
}

/** Makes the object of one configMapGenerator or secretGenerator entry. */
export async function generate(
  generator: Generator,
  { tree, folder, kind, common }: Generation,
): Promise<Resource> {
  const where = `${folder === '' ? '.' : folder}: ${kind === 'ConfigMap' ? 'configMapGenerator' : 'secretGenerator'} ${generator.name}`
  if (!generator.name) throw new RenderError(`${where}: name is missing`)
  const entries = new Map<string, Buffer>()
  const add = (key: string, value: Buffer) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) throw new RenderError(`${where}: "${key}" is not a valid key`)
    if (entries.has(key)) throw new RenderError(`${where}: the key "${key}" appears twice`)
    entries.set(key, value)
  }
  for (const path of [...(generator.envs ?? []), ...(generator.env ? [generator.env] : [])])
    for (const [key, value] of envEntries((await loadFile(tree, folder, path)).toString('utf8'), where))
      add(key, Buffer.from(value))
  for (const source of generator.files ?? []) {
    const equals = source.indexOf('=')
    const path = source.slice(equals + 1)
    add(equals < 0 ? baseNameOf(path) : source.slice(0, equals), await loadFile(tree, folder, path))
  }
  for (const literal of generator.literals ?? []) {
    const equals = literal.indexOf('=')
    if (equals <= 0) throw new RenderError(`${where}: the literal "${literal}" is not of the form key=value`)
    add(literal.slice(0, equals), Buffer.from(unquote(literal.slice(equals + 1))))
  }
  const options = { ...common, ...generator.options }
  const labels = { ...common?.labels, ...generator.options?.labels }
  const annotations = { ...common?.annotations, ...generator.options?.annotations }
  const object: ManifestObject = {
    apiVersion: 'v1',
    kind,
    metadata: {
      name: generator.name,
      ...(generator.namespace ? { namespace: generator.namespace } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...content(kind, entries),
    ...(kind === 'Secret' ? { type: generator.type ?? 'Opaque' } : {}),
    ...(options.immutable ? { immutable: true } : {}),
  }
  return {
    object,
    file: where,
    line: 1,
    previous: [],
    prefixes: [],
    suffixes: [],
    needsHash: options.disableNameSuffixHash !== true,
  }
}

function content(kind: 'ConfigMap' | 'Secret', entries: ReadonlyMap<string, Buffer>) {
  const data: Record<string, string> = {}
  const binaryData: Record<string, string> = {}
  for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = value.toString('utf8')
    if (kind === 'Secret') data[key] = value.toString('base64')
    else if (Buffer.from(text).equals(value)) data[key] = text
    else binaryData[key] = value.toString('base64')
  }
  return {
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  }
}

/** `KEY=VALUE` lines, `#` comments; a key alone would be read from the environment, which is no input here. */
function envEntries(text: string, where: string): [string, string][] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((raw): [string, string][] => {
      const line = raw.trimStart().replace(/\r$/, '')
      if (line === '' || line.startsWith('#')) return []
      const equals = line.indexOf('=')
      if (equals < 0)
        throw new RenderError(`${where}: "${line}" has no value, and the environment is not read here`)
      return [[line.slice(0, equals), line.slice(equals + 1)]]
    })
}

const unquote = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text

/** Lets a generator with behavior merge or replace change the object that is there. */
export function mergeGenerated(existing: Resource, generated: Resource, behavior: 'merge' | 'replace'): void {
  const [old, fresh] = [existing.object, generated.object]
  for (const field of ['data', 'binaryData']) {
    const before = behavior === 'merge' ? old[field] : undefined
    const merged = { ...(before as object | undefined), ...(fresh[field] as object | undefined) }
    if (Object.keys(merged).length > 0) old[field] = merged
    else delete old[field]
  }
  for (const field of ['labels', 'annotations'] as const) {
    const merged = { ...old.metadata[field], ...fresh.metadata[field] }
    if (Object.keys(merged).length > 0) old.metadata[field] = merged
  }
  if (fresh['immutable']) old['immutable'] = true
  existing.needsHash = generated.needsHash
}
