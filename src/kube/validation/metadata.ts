import { addressProblems } from './addresses.ts'
import { resourceScope } from './scope.ts'
import type { Kind } from '../kind.ts'
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../names.ts'
import type { DraftMeta } from '../object.ts'
import { builtinSchema } from '../schema/builtin.ts'
import { duplicate, forbidden, invalidValue, required, tooLong } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const MAX_ANNOTATION_BYTES = 256 * 1024
const RBAC = 'rbac.authorization.k8s.io'

type NameRule = (name: string) => readonly string[]
const atMost =
  (limit: number): NameRule =>
  name => [
    ...dnsSubdomainProblems(name),
    ...(name.length > limit ? [`must be no more than ${limit} characters`] : []),
  ]

/** Kinds whose names are not DNS subdomains. */
const nameRules: Readonly<Record<string, NameRule>> = {
  '/Namespace': dnsLabelProblems,
  '/Service': dnsLabelProblems,
  'batch/CronJob': atMost(52),
  'networking.k8s.io/IPAddress': addressProblems,
  'policy/PodDisruptionBudget': pathSegmentProblems,
  [`${RBAC}/Role`]: pathSegmentProblems,
  [`${RBAC}/ClusterRole`]: pathSegmentProblems,
  [`${RBAC}/RoleBinding`]: pathSegmentProblems,
  [`${RBAC}/ClusterRoleBinding`]: pathSegmentProblems,
  // Their names are checked against their content.
  'apiextensions.k8s.io/CustomResourceDefinition': () => [],
  'apiregistration.k8s.io/APIService': () => [],
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Kinds of kube-apiserver itself: definitions, what they define, and other servers' kinds are less strict. */
const isBuiltin = ({ group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>) =>
  !looserGroups.has(group) && builtinSchema(group, version, kind) !== undefined
const looserGroups = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

/** The rules that metadata of every kind obeys. */
export function checkMetadata(
  rules: Rules,
  kind: Pick<Kind, 'group' | 'version' | 'kind'> & Partial<Pick<Kind, 'namespaced'>>,
  metadata: DraftMeta,
  previous: DraftMeta | undefined,
): void {
  const nameRule = nameRules[`${kind.group}/${kind.kind}`] ?? dnsSubdomainProblems
  const { name, generateName, namespace } = metadata
  if (!name) rules.add(required('metadata.name', 'name or generateName is required'))
  else rules.invalid('metadata.name', name, nameRule(name))
  if (generateName)
    // What is generated goes behind it, so that a trailing dash is allowed.
    rules.invalid('metadata.generateName', generateName, nameRule(generateName.replace(/[-.]+$/, 'a')))
  const namespaced = kind.namespaced ?? resourceScope(kind)
  if (namespaced === true && !namespace) rules.add(required('metadata.namespace'))
  if (namespaced === false && namespace)
    rules.add(forbidden('metadata.namespace', 'not allowed on this type'))
  rules.labels('metadata.labels', metadata.labels)
  checkAnnotations(rules, metadata.annotations)
  checkOwners(rules, metadata)
  const { finalizers = [] } = metadata
  const isStrict = finalizers.length > 0 && isBuiltin(kind)
  for (const [index, finalizer] of finalizers.entries()) {
    const field = `metadata.finalizers[${index}]`
    rules.invalid(field, finalizer, qualifiedNameProblems(finalizer))
    if (isStrict && !finalizer.includes('/') && !standardFinalizers.has(finalizer))
      rules.invalid(field, finalizer, ['name is neither a standard finalizer name nor is it fully qualified'])
  }
  if (previous) {
    rules.immutable('metadata.name', name, previous.name)
    rules.immutable('metadata.namespace', namespace ?? '', previous.namespace ?? '')
  }
}

export function checkAnnotations(rules: Rules, annotations: Record<string, string> | undefined): void {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    rules.invalid('metadata.annotations', key, qualifiedNameProblems(key.toLowerCase()))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_ANNOTATION_BYTES) rules.add(tooLong('metadata.annotations', MAX_ANNOTATION_BYTES))
}

function checkOwners(rules: Rules, { ownerReferences }: DraftMeta): void {
  const controllers: string[] = []
  const seen = new Set<string>()
  for (const [index, owner] of (ownerReferences ?? []).entries()) {
    const field = `metadata.ownerReferences[${index}]`
    if (!owner.apiVersion)
      rules.add(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'))
    for (const key of ['kind', 'name', 'uid'] as const)
      if (!owner[key]) rules.add(invalidValue(`${field}.${key}`, owner[key] ?? '', 'must not be empty'))
    if (owner.uid && seen.has(owner.uid)) rules.add(duplicate(`${field}.uid`, owner.uid))
    seen.add(owner.uid)
    if (owner.controller) controllers.push(owner.name)
  }
  const [first, second] = controllers
  if (second !== undefined)
    rules.add(
      invalidValue(
        'metadata.ownerReferences',
        ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`,
      ),
    )
}
