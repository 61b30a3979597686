import { compile } from '../../languages/re2/pattern.ts'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../generated/apiextensions-v1.ts'
import { dns1035LabelProblems, dnsSubdomainProblems } from '../names.ts'
import { duplicate, invalidValue } from '../schema/field-error.ts'
import type { Schema } from '../schema/schema.ts'
import type { Rules } from './rules.ts'

/** Rules of a CustomResourceDefinition: names, versions, and that its schemas are structural. */
export function checkDefinition(
  rules: Rules,
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
): void {
  const { spec, metadata } = definition
  if (!rules.required('spec', spec)) return
  const { group, names, scope, versions } = spec
  rules.name('spec.group', group, dnsSubdomainProblems)
  if (group && !group.includes('.'))
    rules.invalid('spec.group', group, ['should be a domain with at least one dot'])
  rules.oneOf('spec.scope', scope, ['Cluster', 'Namespaced'])
  rules.name('spec.names.plural', names?.plural, dns1035LabelProblems)
  rules.name('spec.names.kind', names?.kind?.toLowerCase(), dns1035LabelProblems)
  rules.name('spec.names.singular', names?.singular, dns1035LabelProblems)
  rules.name('spec.names.listKind', names?.listKind?.toLowerCase(), dns1035LabelProblems)
  for (const [index, name] of (names?.shortNames ?? []).entries())
    rules.invalid(`spec.names.shortNames[${index}]`, name, dns1035LabelProblems(name))
  if (names?.kind && names.kind === names.listKind)
    rules.invalid('spec.names.listKind', names.listKind, ['kind and listKind may not be the same'])
  if (metadata.name !== `${names?.plural}.${group}`)
    rules.add(invalidValue('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  checkVersions(rules, versions)
  if (spec.conversion?.strategy === 'Webhook')
    rules.required('spec.conversion.webhook.clientConfig', spec.conversion.webhook?.clientConfig)
  if (!previous) return
  rules.immutable('spec.group', group, previous.spec.group)
  rules.immutable('spec.scope', scope, previous.spec.scope)
  rules.immutable('spec.names.kind', names?.kind, previous.spec.names.kind)
  rules.immutable('spec.names.plural', names?.plural, previous.spec.names.plural)
}

function checkVersions(rules: Rules, versions: readonly CustomResourceDefinitionVersion[] | undefined): void {
  if (!rules.required('spec.versions', versions)) return
  const seen = new Set<string>()
  for (const [index, version] of (versions ?? []).entries()) {
    const field = `spec.versions[${index}]`
    rules.name(`${field}.name`, version.name, dns1035LabelProblems)
    if (seen.has(version.name)) rules.add(duplicate(`${field}.name`, version.name))
    seen.add(version.name)
    const schema = version.schema?.openAPIV3Schema as Schema | undefined
    const at = `${field}.schema.openAPIV3Schema`
    if (!rules.required(at, schema, 'schemas are required') || !schema) continue
    if (schema.type !== 'object')
      rules.invalid(`${at}.type`, schema.type ?? '', ['must be object at the root'])
    checkStructural(rules, at, schema)
  }
  const storage = (versions ?? []).filter(version => version.storage).length
  if (storage !== 1)
    rules.add(
      invalidValue(
        'spec.versions',
        versions?.map(version => version.name),
        'must have exactly one version marked as storage version',
      ),
    )
}

/** Every field says its type, and every pattern compiles. */
function checkStructural(rules: Rules, field: string, schema: Schema): void {
  const isTyped =
    schema.type ?? schema['x-kubernetes-int-or-string'] ?? schema['x-kubernetes-preserve-unknown-fields']
  if (!isTyped) rules.required(`${field}.type`, undefined, 'must not be empty for specified object fields')
  if (schema.pattern !== undefined) checkPattern(rules, `${field}.pattern`, schema.pattern)
  if (schema.type === 'array' && !schema.items)
    rules.required(`${field}.items`, undefined, 'must be specified')
  if (schema.items) checkStructural(rules, `${field}.items`, schema.items)
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    checkStructural(rules, `${field}.properties[${key}]`, child)
  if (typeof schema.additionalProperties === 'object')
    checkStructural(rules, `${field}.additionalProperties`, schema.additionalProperties)
}

function checkPattern(rules: Rules, field: string, pattern: string): void {
  try {
    compile(pattern)
  } catch (error) {
    rules.invalid(field, pattern, [
      `must be a valid regular expression, but isn't: ${(error as Error).message}`,
    ])
  }
}
