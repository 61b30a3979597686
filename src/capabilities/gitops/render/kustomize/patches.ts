import { applyJsonPatch } from '../../../../kube/patch/json-patch.ts'
import { applyStrategicMergePatch } from '../../../../kube/patch/strategic-merge-patch.ts'
import { builtinSchema } from '../../../../kube/schema/builtin.ts'
import { isJsonObject, type Json } from '../../../../kube/schema/schema.ts'
import { parseApiVersion } from '../../../../kube/kind.ts'
import type { ManifestObject } from '../../../../kube/manifest.ts'
import { parseLabelSelector } from '../../../../kube/selectors.ts'
import { compile } from '../../../../languages/re2/pattern.ts'
import { RenderError } from '../render-error.ts'
import { yamlDocuments } from '../yaml-documents.ts'
import type { Patch, PatchTarget } from './kustomization.ts'
import { describe, groupOf, type Identity, identityOf, type Resource, versionOf } from './resource.ts'

/** The text of a patch and where it stands, for messages. */
export interface PatchText {
  text: string
  where: string
}

/** Applies one entry of `patches`: a list is a JSON patch, an object a strategic merge patch. */
export function applyPatch(
  resources: readonly Resource[],
  { target, options }: Patch,
  { text, where }: PatchText,
): Resource[] {
  const documents = yamlDocuments(text, where)
  if (documents.some(Array.isArray)) {
    if (!target) throw new RenderError(`${where}: a JSON patch needs a target`)
    const targets = select(resources, target, where)
    for (const operations of documents) for (const resource of targets) jsonPatch(resource, operations, where)
    return [...resources]
  }
  let result = [...resources]
  for (const document of documents) {
    if (!isJsonObject(document)) throw new RenderError(`${where}: a patch must be an object or a list`)
    const targets = target ? select(result, target, where) : [findByIdentity(result, document, where)]
    for (const resource of targets)
      if (mergePatch(resource, document, { where, options }) === 'deleted')
        result = result.filter(other => other !== resource)
  }
  return result
}

/** Applies one entry of `patchesJson6902`: its target must exist. */
export function applyJson6902(
  resources: readonly Resource[],
  { target }: Patch,
  { text, where }: PatchText,
): void {
  if (!target?.name) throw new RenderError(`${where}: target.name is missing`)
  const targets = select(resources, exact(target), where)
  if (targets.length === 0)
    throw new RenderError(`${where}: there is no ${target.kind ?? 'object'} ${target.name} to patch`)
  for (const operations of yamlDocuments(text, where))
    for (const resource of targets) jsonPatch(resource, operations, where)
}

/** Names of patchesJson6902's targets are literal. */
const exact = (target: PatchTarget): PatchTarget => ({
  ...target,
  ...(target.name ? { name: target.name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') } : {}),
})

function jsonPatch(resource: Resource, operations: unknown, where: string): void {
  try {
    // A patch that makes something else of an object is found out when it is applied to the API.
    rewrite(resource, applyJsonPatch(resource.object, operations) as ManifestObject)
  } catch (error) {
    throw new RenderError(
      `${where}: ${describe(resource)}: ${error instanceof Error ? error.message : error}`,
    )
  }
}

function mergePatch(
  resource: Resource,
  patch: Json,
  { where, options }: { where: string; options: Patch['options'] },
): 'deleted' | 'changed' {
  const { object } = resource
  if (patch['$patch'] === 'delete') return 'deleted'
  const schema = builtinSchema(groupOf(resource), versionOf(resource), object.kind)
  try {
    const { apiVersion, kind, metadata, ...rest } = patch
    const meta = isJsonObject(metadata) ? { ...metadata } : {}
    if (!options?.allowNameChange) delete meta['name']
    const changes = { ...rest, metadata: meta, ...(options?.allowKindChange ? { apiVersion, kind } : {}) }
    rewrite(resource, applyStrategicMergePatch(object, changes, schema) as ManifestObject)
  } catch (error) {
    throw new RenderError(
      `${where}: ${describe(resource)}: ${error instanceof Error ? error.message : error}`,
    )
  }
  return 'changed'
}

/** Takes over a patched object and remembers a change of name. */
function rewrite(resource: Resource, object: ManifestObject): void {
  const before = identityOf(resource)
  resource.object = object
  const after = identityOf(resource)
  if (before.name !== after.name || before.namespace !== after.namespace) resource.previous.push(before)
}

const identities = (resource: Resource): Identity[] => [...resource.previous, identityOf(resource)]

/** The object that a strategic merge patch names by apiVersion, kind, name and namespace. */
function findByIdentity(resources: readonly Resource[], patch: Json, where: string): Resource {
  const metadata = isJsonObject(patch['metadata']) ? patch['metadata'] : {}
  const [kind, name] = [String(patch['kind'] ?? ''), String(metadata['name'] ?? '')]
  const { group } = parseApiVersion(String(patch['apiVersion'] ?? ''))
  const namespace = metadata['namespace']
  const found = resources.filter(
    resource =>
      groupOf(resource) === group &&
      identities(resource).some(
        identity =>
          identity.kind === kind &&
          identity.name === name &&
          (namespace === undefined || identity.namespace === namespace),
      ),
  )
  const [first, second] = found
  if (!first) throw new RenderError(`${where}: there is no ${kind} ${name} to patch`)
  if (second) throw new RenderError(`${where}: ${kind} ${name} is there more than once; name its namespace`)
  return first
}

/** The objects that a target's regular expressions and selectors choose. */
function select(resources: readonly Resource[], target: PatchTarget, where: string): Resource[] {
  const matcher = (pattern: string | undefined, field: string): ((text: string) => boolean) => {
    if (pattern === undefined || pattern === '') return () => true
    try {
      const expression = compile(pattern)
      return text => expression.fullMatch(text)
    } catch {
      throw new RenderError(`${where}: target.${field}: "${pattern}" is not a regular expression`)
    }
  }
  const [group, version, kind] = [
    matcher(target.group, 'group'),
    matcher(target.version, 'version'),
    matcher(target.kind, 'kind'),
  ]
  const [name, namespace] = [matcher(target.name, 'name'), matcher(target.namespace, 'namespace')]
  const selector = (text: string | undefined, field: string) => {
    try {
      return parseLabelSelector(text ?? '')
    } catch (error) {
      throw new RenderError(`${where}: target.${field}: ${error instanceof Error ? error.message : error}`)
    }
  }
  const labels = selector(target.labelSelector, 'labelSelector')
  const annotations = selector(target.annotationSelector, 'annotationSelector')
  return resources.filter(
    resource =>
      group(groupOf(resource)) &&
      version(versionOf(resource)) &&
      kind(resource.object.kind) &&
      identities(resource).some(identity => name(identity.name) && namespace(identity.namespace)) &&
      labels(resource.object.metadata.labels) &&
      annotations(resource.object.metadata.annotations),
  )
}
