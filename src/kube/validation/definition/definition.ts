import { equalJson } from '../../copy.ts'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../generated/apiextensions-v1.ts'
import { dns1035LabelProblems, dnsSubdomainProblems } from '../../names.ts'
import { forbidden, invalidValue, required } from '../../schema/field-error.ts'
import { isJsonObject, type Schema } from '../../schema/schema.ts'
import { Rules } from '../rules.ts'
import { approvalOf, isProtectedGroup } from './approval.ts'
import { checkConversion } from './conversion.ts'
import { checkDefaults } from './defaults.ts'
import { checkExtensions } from './schema-extensions.ts'
import { checkRules, checkRuleTexts } from './schema-rules.ts'
import { checkStructural } from './structural.ts'
import { checkVersionParts } from './version.ts'

type Spec = CustomResourceDefinition['spec']

/** Rules of a CustomResourceDefinition, as apiextensions-apiserver has them. */
export function checkDefinition(
  rules: Rules,
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
): void {
  const { spec, metadata } = definition
  if (!rules.required('spec', spec)) return
  const { group, names } = spec
  if (metadata.name !== `${names?.plural}.${group}`)
    rules.add(invalidValue('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  checkGroup(rules, group)
  rules.oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced'])
  checkVersions(rules, spec.versions, previous?.spec)
  checkNames(rules, names)
  checkConversion(rules, 'spec.conversion', spec.conversion)
  checkStoredVersions(rules, definition)
  if (spec.preserveUnknownFields === true && previous?.spec.preserveUnknownFields !== true)
    rules.invalid('spec.preserveUnknownFields', true, [
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ])
  checkApproval(rules, definition, previous)
  if (previous) checkImmutable(rules, spec, previous)
}

/** Names and scope are fixed once the definition is established; the group and plural are in its own name. */
function checkImmutable(rules: Rules, spec: Spec, { spec: before, status }: CustomResourceDefinition): void {
  const isEstablished = status?.conditions?.some(
    ({ type, status: value }) => type === 'Established' && value === 'True',
  )
  if (isEstablished) {
    rules.immutable('spec.scope', spec.scope, before.scope)
    rules.immutable('spec.names.kind', spec.names?.kind, before.names.kind)
  }
  rules.immutable('spec.group', spec.group, before.group)
  rules.immutable('spec.names.plural', spec.names?.plural, before.names.plural)
}

function checkGroup(rules: Rules, group: string): void {
  if (!rules.required('spec.group', group)) return
  const problems = dnsSubdomainProblems(group)
  if (problems.length > 0) rules.invalid('spec.group', group, [problems.join(',')])
  else if (!group.includes('.'))
    rules.invalid('spec.group', group, ['should be a domain with at least one dot'])
}

function checkNames(rules: Rules, names: Partial<Spec['names']> = {}): void {
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const) {
    const name = names[key]
    if (!rules.required(`spec.names.${key}`, name) || !name) continue
    const isMixed = key === 'kind' || key === 'listKind'
    const problems = dns1035LabelProblems(isMixed ? name.toLowerCase() : name)
    const prefix = isMixed ? 'may have mixed case, but should otherwise match: ' : ''
    if (problems.length > 0) rules.invalid(`spec.names.${key}`, name, [prefix + problems.join(',')])
  }
  for (const key of ['shortNames', 'categories'] as const)
    for (const [index, name] of (names[key] ?? []).entries()) {
      const problems = dns1035LabelProblems(name)
      if (problems.length > 0) rules.invalid(`spec.names.${key}[${index}]`, name, [problems.join(',')])
    }
  if (names.kind && names.kind === names.listKind)
    rules.invalid('spec.names.listKind', names.listKind, ['kind and listKind may not be the same'])
}

/** Errors about all versions show their names; upstream shows the versions in full, schemas and all. */
function checkVersions(
  rules: Rules,
  versions: readonly CustomResourceDefinitionVersion[] | undefined,
  before: Spec | undefined,
): void {
  // A schema that all versions share is one of the whole definition, as upstream keeps it.
  const isShared = (versions ?? []).every(({ schema }) => schema && equalJson(schema, versions?.[0]?.schema))
  for (const [index, version] of (versions ?? []).entries()) {
    const at = `spec.versions[${index}]`
    const problems = dns1035LabelProblems(version.name ?? '')
    if (problems.length > 0) rules.invalid(`${at}.name`, version.name ?? '', [problems.join(',')])
    checkVersionParts(rules, at, version)
    const old = before?.versions.find(({ name }) => name === version.name)
    if (!isShared) checkSchema(rules, `${at}.schema.openAPIV3Schema`, version, old)
    else if (index === 0) checkSchema(rules, 'spec.validation.openAPIV3Schema', version, old)
  }
  const names = (versions ?? []).map(({ name }) => name)
  if (new Set(names).size < names.length)
    rules.invalid('spec.versions', names, ['must contain unique version names'])
  if ((versions ?? []).filter(({ storage }) => storage).length !== 1)
    rules.invalid('spec.versions', names, ['must have exactly one version marked as storage version'])
}

/** Fields of the root schema that are kept where the status is validated apart. */
const rootFields = new Set(
  'description,type,format,title,maximum,exclusiveMaximum,minimum,exclusiveMinimum,maxLength,minLength,pattern,maxItems,minItems,uniqueItems,multipleOf,required,items,properties,externalDocs,example,x-kubernetes-preserve-unknown-fields,x-kubernetes-validations'.split(
    ',',
  ),
)

function checkSchema(
  rules: Rules,
  at: string,
  version: CustomResourceDefinitionVersion,
  old: CustomResourceDefinitionVersion | undefined,
): void {
  // A definition's schema is JSON as `Schema` describes it.
  const schema = version.schema?.openAPIV3Schema as Schema | undefined
  if (!isJsonObject(schema)) {
    if (!old || old.schema?.openAPIV3Schema) rules.add(required(at))
    return
  }
  const root: Schema = schema
  // What was accepted is accepted: nothing of it changes with what else the definition says.
  if (
    old &&
    equalJson(root, old.schema?.openAPIV3Schema) &&
    !version.subresources?.status === !old.subresources?.status
  )
    return
  if (version.subresources?.status) {
    const other = Object.keys(root).find(key => !rootFields.has(key))
    if (other !== undefined)
      rules.invalid(at, root, [
        `only ${[...rootFields].join(' ')} fields are allowed at the root of the schema if the status subresource is enabled`,
      ])
  }
  if (root.nullable) rules.add(forbidden(`${at}.nullable`, 'nullable cannot be true at the root'))
  const structure = new Rules()
  checkStructural(structure, at, root)
  const isStructural = structure.errors.length === 0
  if (isStructural) checkDefaults(structure, at, root)
  checkExtensions(structure, root, { at }, true)
  const areTextsRight = checkRuleTexts(structure, at, root)
  if (isStructural && areTextsRight && structure.errors.length === 0) checkRules(structure, at, root)
  rules.add(...structure.errors)
}

/** The versions that objects may be stored in are all there. */
function checkStoredVersions(rules: Rules, { spec, status }: CustomResourceDefinition): void {
  const stored = status?.storedVersions
  if (!stored) return
  const names = (spec.versions ?? []).map(({ name }) => name)
  if (stored.length === 0)
    // Nobody has set it yet: that is null in Go.
    rules.invalid('status.storedVersions', undefined, ['must have at least one stored version'])
  for (const { name, storage } of spec.versions ?? [])
    if (storage && !stored.includes(name))
      rules.invalid('status.storedVersions', stored, [`must have the storage version ${name}`])
  for (const [index, name] of stored.entries())
    if (!names.includes(name))
      rules.invalid(`status.storedVersions[${index}]`, name, [
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      ])
}

/** Groups of the Kubernetes project want an approval. */
function checkApproval(
  rules: Rules,
  { spec, metadata }: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
): void {
  if (!isProtectedGroup(spec.group ?? '')) return
  const { state, reason, value } = approvalOf(metadata.annotations)
  if (previous && approvalOf(previous.metadata.annotations).state === state) return
  const field = 'metadata.annotations[api-approved.kubernetes.io]'
  if (state === 'missing') rules.required(field, undefined, reason)
  else if (state === 'invalid') rules.invalid(field, value, [reason])
}
