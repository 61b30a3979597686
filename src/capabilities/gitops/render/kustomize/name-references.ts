import type { Json } from '../../../../kube/schema/schema.ts'
import { isJsonObject } from '../../../../kube/schema/schema.ts'
import { RenderError } from '../render-error.ts'
import { applies, changeField } from './field-spec.ts'
import { type NameReference, nameReferences } from './name-reference-specs.ts'
import { describe, groupOf, isClusterScoped, nameOf, namespaceOf, type Resource } from './resource.ts'

/** Lets fields that name another object of the build follow the changes of that object's name and namespace. */
export function fixNameReferences(resources: readonly Resource[]): void {
  const renamed = resources.filter(resource => resource.previous.length > 0)
  if (renamed.length === 0) return
  for (const referrer of resources) {
    for (const reference of nameReferences)
      for (const field of reference.fields) {
        if (!applies(field, referrer) || !namesKind(referrer.object, field.path, reference.kind)) continue
        changeField(referrer.object, field, value => {
          if (typeof value !== 'string') return undefined
          const target = select(value, referrer, renamed, reference)
          return target && nameOf(target)
        })
      }
    fixSubjects(referrer, renamed)
  }
}

/** `scaleTargetRef` and `roleRef` say in a sibling field which kind they name. */
function namesKind(object: Json, path: string, kind: string): boolean {
  const parts = path.split('/')
  const parent = parts.at(-2)
  if (parent !== 'scaleTargetRef' && parent !== 'roleRef') return true
  let node: unknown = object
  for (const part of parts.slice(0, -1)) node = isJsonObject(node) ? node[part] : undefined
  return isJsonObject(node) && node['kind'] === kind
}

/** The one renamed object that a name meant. Throws RenderError when it could be several. */
function select(
  name: string,
  referrer: Resource,
  renamed: readonly Resource[],
  { kind, group }: NameReference,
  namespace = namespaceOf(referrer),
): Resource | undefined {
  const wasCalled = (candidate: Resource) => candidate.previous.some(identity => identity.name === name)
  const inReach = (candidate: Resource) =>
    isClusterScoped(candidate) || isClusterScoped(referrer) || namespaceOf(candidate) === namespace
  const candidates = renamed.filter(
    candidate =>
      candidate.object.kind === kind &&
      (group === undefined || groupOf(candidate) === group) &&
      wasCalled(candidate) &&
      inReach(candidate),
  )
  if (candidates.length <= 1) return candidates[0]
  // Two overlays of one base: the one that went through the same prefixes and suffixes is meant.
  const kin = candidates.filter(
    candidate => equal(candidate.prefixes, referrer.prefixes) && equal(candidate.suffixes, referrer.suffixes),
  )
  const [first, ...others] = kin.length > 0 ? kin : candidates
  if (first && others.every(other => nameOf(other) === nameOf(first))) return first
  throw new RenderError(
    `${referrer.file}: ${describe(referrer)} refers to ${kind} ${name}, which could be any of ${candidates.map(describe).join(', ')}`,
  )
}

const equal = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index])

/** ServiceAccounts in the subjects of role bindings have a namespace of their own. */
function fixSubjects(referrer: Resource, renamed: readonly Resource[]): void {
  if (!/^(Cluster)?RoleBinding$/.test(referrer.object.kind)) return
  const subjects = referrer.object['subjects']
  if (!Array.isArray(subjects)) return
  for (const subject of subjects) {
    if (!isJsonObject(subject) || subject['kind'] !== 'ServiceAccount') continue
    const name = String(subject['name'] ?? '')
    const namespace = effective(String(subject['namespace'] ?? ''))
    const target = renamed.find(
      candidate =>
        candidate.object.kind === 'ServiceAccount' &&
        candidate.previous.some(
          identity => identity.name === name && effective(identity.namespace) === namespace,
        ),
    )
    if (!target) continue
    subject['name'] = nameOf(target)
    if (namespaceOf(target) !== '') subject['namespace'] = namespaceOf(target)
  }
}

/** Where an object without a namespace would go. */
const effective = (namespace: string): string => namespace || 'default'
