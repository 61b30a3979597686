import { type Manifest, ManifestError, parseManifests } from '../../../../kube/manifest.ts'
import { baseNameOf, type FileTree, joinPath } from '../file-tree.ts'
import { RenderError } from '../render-error.ts'
import { generate, mergeGenerated } from './generators.ts'
import { contentHash } from './hash.ts'
import { type Generator, type Kustomization, type Patch, readKustomization } from './kustomization.ts'
import { loadFile } from './load-file.ts'
import { fixNameReferences } from './name-references.ts'
import { applyJson6902, applyPatch, type PatchText } from './patches.ts'
import { describe, identityOf, nameOf, originalOf, type Resource, resourceOf, setName } from './resource.ts'
import {
  applyAnnotations,
  applyImages,
  applyLabels,
  applyNamePrefix,
  applyNamespace,
  applyNameSuffix,
  applyReplicas,
} from './transform.ts'

const MAX_DEPTH = 32
const MAX_RESOURCES = 20_000

/**
 * What `kustomize build` makes of a folder. `change` may alter the root's kustomization first, as
 * `kustomize edit` would. Throws RenderError or ManifestError.
 */
export async function buildKustomization(
  tree: FileTree,
  folder: string,
  change: (kustomization: Kustomization) => Kustomization = kustomization => kustomization,
): Promise<Manifest[]> {
  const root = await readKustomization(tree, folder)
  if (!root) throw new RenderError(`${folder || '.'}: there is no kustomization.yaml`)
  const resources = await accumulate(tree, folder, { kustomization: change(root), path: [folder], into: [] })
  for (const resource of resources)
    if (resource.needsHash) setName(resource, `${nameOf(resource)}-${contentHash(resource)}`)
  fixNameReferences(resources)
  return resources.map(({ object, file, line }) => ({ object, file, line }))
}

interface Layer {
  kustomization: Kustomization
  /** Folders from the root to this one: none may come twice. */
  path: readonly string[]
  /** For a component: the resources it changes. */
  into: readonly Resource[]
}

/** Collects a layer's resources and transforms them, in kustomize's order. */
async function accumulate(tree: FileTree, folder: string, layer: Layer): Promise<Resource[]> {
  const { kustomization, path } = layer
  const where = folder || '.'
  let resources: Resource[] = [...layer.into]
  const add = (resource: Resource) => {
    const id = identityOf(resource)
    const same = resources.find(other => isSame(other, resource))
    if (same)
      throw new RenderError(
        `${where}: ${describe(resource)} is there twice (${same.file} and ${resource.file}): ${id.kind} ${id.name}`,
      )
    resources.push(resource)
    if (resources.length > MAX_RESOURCES)
      throw new RenderError(`${where}: more than ${MAX_RESOURCES} objects`)
  }
  for (const entry of kustomization.resources)
    for (const resource of await load(tree, folder, { entry, path })) add(resource)
  for (const kind of ['ConfigMap', 'Secret'] as const) {
    const generators = kind === 'ConfigMap' ? kustomization.configMapGenerator : kustomization.secretGenerator
    for (const generator of generators) {
      const made = await generate(generator, { tree, folder, kind, common: kustomization.generatorOptions })
      const behavior = generator.behavior ?? 'create'
      if (behavior === 'create') add(made)
      else mergeGenerated(existing(resources, made, { generator, where }), made, behavior)
    }
  }
  for (const entry of kustomization.components) {
    const component = await enter(tree, folder, { entry, path })
    if (component.kustomization.kind !== 'Component')
      throw new RenderError(`${component.folder}: is listed in components but is not of kind Component`)
    const next = { kustomization: component.kustomization, path: component.path, into: resources }
    resources = await accumulate(tree, component.folder, next)
  }
  return await transform(tree, folder, { kustomization, resources })
}

const isSame = (a: Resource, b: Resource): boolean => {
  const [left, right] = [identityOf(a), identityOf(b)]
  return (
    left.kind === right.kind &&
    left.name === right.name &&
    left.namespace === right.namespace &&
    a.object.apiVersion === b.object.apiVersion
  )
}

function existing(
  resources: readonly Resource[],
  made: Resource,
  { generator, where }: { generator: Generator; where: string },
): Resource {
  const found = resources.find(
    resource =>
      resource.object.kind === made.object.kind &&
      (nameOf(resource) === generator.name || originalOf(resource).name === generator.name),
  )
  if (found) return found
  throw new RenderError(
    `${where}: ${made.object.kind} ${generator.name}: there is none to ${generator.behavior ?? 'merge'}`,
  )
}

interface Entry {
  entry: string
  path: readonly string[]
}

/** The objects of one entry of `resources`: a file, or a folder with a kustomization of its own. */
async function load(tree: FileTree, folder: string, { entry, path }: Entry): Promise<Resource[]> {
  if (/^[a-z]+:\/\/|^[^/]+@[^/]+:|[?&]ref=|^(github|gitlab|bitbucket)\.(com|org)\//.test(entry))
    throw new RenderError(`${folder || '.'}: resources: ${entry}: remote bases are not supported yet`)
  const target = joinPath(folder, entry)
  const isFolder = target !== undefined && (await tree.list(target)) !== undefined
  if (isFolder) {
    const base = await enter(tree, folder, { entry, path })
    if (base.kustomization.kind === 'Component')
      throw new RenderError(`${base.folder}: is a Component, which belongs in components, not in resources`)
    return await accumulate(tree, base.folder, { ...base, into: [] })
  }
  const content = await loadFile(tree, folder, entry)
  const file = target ?? entry
  try {
    return parseManifests(content.toString('utf8'), file).map(resourceOf)
  } catch (error) {
    if (error instanceof ManifestError) throw error
    throw new RenderError(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}

async function enter(tree: FileTree, folder: string, { entry, path }: Entry) {
  const target = joinPath(folder, entry)
  if (target === undefined) throw new RenderError(`${folder || '.'}: ${entry} is outside of the repository`)
  if (path.includes(target))
    throw new RenderError(
      `${folder || '.'}: ${entry} leads back to itself: ${[...path, target].map(name => name || '.').join(' → ')}`,
    )
  if (path.length > MAX_DEPTH)
    throw new RenderError(`${folder || '.'}: kustomizations are nested more than ${MAX_DEPTH} deep`)
  const kustomization = await readKustomization(tree, target)
  if (!kustomization) throw new RenderError(`${folder || '.'}: the folder ${entry} has no kustomization.yaml`)
  return { folder: target, kustomization, path: [...path, target] }
}

interface Transformation {
  kustomization: Kustomization
  resources: Resource[]
}

async function transform(
  tree: FileTree,
  folder: string,
  { kustomization, resources: given }: Transformation,
): Promise<Resource[]> {
  const where = folder || '.'
  let resources = given
  for (const entry of kustomization.patchesStrategicMerge)
    resources = applyPatch(resources, {}, await inlineOrFile(tree, folder, entry))
  for (const [index, patch] of kustomization.patches.entries())
    resources = applyPatch(
      resources,
      patch,
      await patchText(tree, folder, { patch, name: `patches[${index}]` }),
    )
  if (kustomization.namespace) applyNamespace(resources, kustomization.namespace)
  if (kustomization.namePrefix) applyNamePrefix(resources, kustomization.namePrefix)
  if (kustomization.nameSuffix) applyNameSuffix(resources, kustomization.nameSuffix)
  applyLabels(resources, kustomization)
  if (kustomization.commonAnnotations) applyAnnotations(resources, kustomization.commonAnnotations)
  for (const [index, patch] of kustomization.patchesJson6902.entries())
    applyJson6902(
      resources,
      patch,
      await patchText(tree, folder, { patch, name: `patchesJson6902[${index}]` }),
    )
  applyReplicas(resources, kustomization, where)
  applyImages(resources, kustomization)
  return resources
}

/** Entries of patchesStrategicMerge are files, or patches themselves. */
async function inlineOrFile(tree: FileTree, folder: string, entry: string): Promise<PatchText> {
  if (/\n|:\s/.test(entry)) return { text: entry, where: `${folder || '.'}: patchesStrategicMerge` }
  return {
    text: (await loadFile(tree, folder, entry)).toString('utf8'),
    where: joinPath(folder, entry) ?? entry,
  }
}

async function patchText(
  tree: FileTree,
  folder: string,
  { patch, name }: { patch: Patch; name: string },
): Promise<PatchText> {
  const where = `${folder || '.'}: ${name}`
  if (patch.path !== undefined && patch.patch !== undefined)
    throw new RenderError(`${where}: has both patch and path`)
  if (patch.patch !== undefined) return { text: patch.patch, where }
  if (patch.path === undefined) throw new RenderError(`${where}: has neither patch nor path`)
  return {
    text: (await loadFile(tree, folder, patch.path)).toString('utf8'),
    where: joinPath(folder, patch.path) ?? baseNameOf(patch.path),
  }
}
