import { declaredType } from '../../kube/cel/declared-type.ts'
import { PolicyCompiler } from '../../kube/cel/policy-compiler.ts'
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicySpec,
} from '../../kube/generated/admissionregistration-v1.ts'
import { objectMetaSchema } from '../../kube/schema/builtin.ts'
import type { Schema } from '../../kube/schema/schema.ts'
import type { Type } from '../../languages/cel/type.ts'
import type { ResourceRegistry } from '../resources/registry.ts'

/** Upstream looks at no more types than this for a rule. */
const MAX_TYPES = 10

type Registry = Pick<ResourceRegistry, 'find' | 'findKind'>

/**
 * What is wrong with a policy's expressions, going by the types that its rules name: the warnings of its status, as
 * upstream's controller writes them (plugin/policy/validating/typechecking.go).
 */
export function typeCheck(spec: ValidatingAdmissionPolicySpec, registry: Registry): ExpressionWarning[] {
  const compilers = compilersFor(spec, registry)
  const warnings: ExpressionWarning[] = []
  const check = (fieldRef: string, expression: string | undefined) => {
    if (!expression) return
    const problems = compilers.flatMap(({ shown, compiler }) => {
      const { problem } = compiler.any(expression)
      return problem === undefined ? [] : `${shown}: ${problem.replace(/^compilation failed: /, '')}\n`
    })
    if (problems.length > 0) warnings.push({ fieldRef, warning: problems.join('\n') })
  }
  for (const [index, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    check(`spec.validations[${index}].expression`, expression)
    check(`spec.validations[${index}].messageExpression`, messageExpression)
  }
  return warnings
}

/** One compiler for each type of object, with the policy's variables. */
function compilersFor(
  { matchConstraints, paramKind, variables = [] }: ValidatingAdmissionPolicySpec,
  registry: Registry,
): { shown: string; compiler: PolicyCompiler }[] {
  const { apiVersion = '', kind = '' } = paramKind ?? {}
  const params = paramKind && typeOf(registry.findKind(apiVersion, kind))
  return kindsToCheck(matchConstraints?.resourceRules ?? [], registry).flatMap(resource => {
    const object = typeOf(resource)
    if (!object) return []
    const types = { object, params }
    const compiler = new PolicyCompiler({ params: paramKind !== undefined, variables: true, types })
    for (const { name, expression } of variables) compiler.addVariable(name, expression)
    return { shown: `${resource.group}/${resource.version}, Kind=${resource.kind}`, compiler }
  })
}

interface CheckedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: Schema | undefined
}

/** The kinds that rules name, without those of wildcards and subresources, in order. */
function kindsToCheck(rules: readonly NamedRuleWithOperations[], registry: Registry): CheckedKind[] {
  const kinds = new Map<string, CheckedKind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some(name => name.includes('*'))) continue
    const plurals = resources.filter(name => !/[*/]/.test(name)).sort()
    const found = [...apiGroups]
      .sort()
      .flatMap(group =>
        [...apiVersions]
          .sort()
          .flatMap(version => plurals.flatMap(plural => registry.find(group, version, plural) ?? [])),
      )
    for (const resource of found.slice(0, MAX_TYPES))
      kinds.set(`${resource.group}\n${resource.version}\n${resource.kind}`, resource)
    if (found.length >= MAX_TYPES) break
  }
  return [...kinds.keys()].sort().flatMap(key => kinds.get(key) ?? [])
}

const text: Schema = { type: 'string' }

/** The type of a kind's objects; undefined where nothing is known of it. */
function typeOf(resource: CheckedKind | undefined): Type | undefined {
  const { schema, kind } = resource ?? {}
  if (schema?.type !== 'object') return undefined
  const known = types.get(schema)
  if (known) return known
  const properties = { ...schema.properties, apiVersion: text, kind: text, metadata: objectMetaSchema() }
  const type = declaredType({ ...schema, properties }, false, kind)?.type
  if (type) types.set(schema, type)
  return type
}

const types = new WeakMap<Schema, Type>()
