import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { urlCovers } from './rule-allows.ts'

/** The rights in `wanted` that `held` does not have, each as a rule of one verb on one resource or path. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atomsOf).filter(atom => !held.some(rule => covers(rule, atom)))
}

/** A rule of exactly one verb, on one resource (and at most one name) or one path. */
type Atom =
  | { verb: string; group: string; resource: string; name: string | undefined }
  | { verb: string; url: string }

function* atoms({
  verbs,
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): Generator<Atom> {
  const names = resourceNames?.length ? resourceNames : [undefined]
  for (const group of apiGroups ?? [])
    for (const resource of resources ?? [])
      for (const verb of verbs) for (const name of names) yield { verb, group, resource, name }
  for (const url of nonResourceURLs ?? []) for (const verb of verbs) yield { verb, url }
}

const asRule = (atom: Atom): PolicyRule =>
  'url' in atom
    ? { nonResourceURLs: [atom.url], verbs: [atom.verb] }
    : {
        apiGroups: [atom.group],
        resources: [atom.resource],
        ...(atom.name === undefined ? {} : { resourceNames: [atom.name] }),
        verbs: [atom.verb],
      }

const atomsOf = (rule: PolicyRule): PolicyRule[] => [...atoms(rule)].map(asRule)

const hasOrAll = (values: readonly string[] | undefined, [value]: readonly string[] = []): boolean =>
  value === undefined || (values !== undefined && (values.includes(value) || values.includes('*')))

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  if (!hasOrAll(rule.verbs, atom.verbs) || !hasOrAll(rule.apiGroups, atom.apiGroups)) return false
  const [url] = atom.nonResourceURLs ?? []
  if (url !== undefined) return rule.nonResourceURLs?.some(held => urlCovers(held, url)) ?? false
  if (!coversResource(rule.resources, atom.resources?.[0] ?? '')) return false
  const [name] = atom.resourceNames ?? []
  return !rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name))
}

function coversResource(held: readonly string[] | undefined, wanted: string): boolean {
  if (!held) return false
  const slash = wanted.indexOf('/')
  return (
    held.includes('*') ||
    held.includes(wanted) ||
    (slash >= 0 && held.includes(`*/${wanted.slice(slash + 1)}`))
  )
}
