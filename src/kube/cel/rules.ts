import type { Environment } from '../../languages/cel/environment.ts'
import { compile, type Program } from '../../languages/cel/program.ts'
import { optionalOf, type Type } from '../../languages/cel/type.ts'
import type { Schema, ValidationRule } from '../schema/schema.ts'
import { declaredType } from './declared-type.ts'
import { kubernetesEnvironment } from './environment.ts'
import { normalizeFieldPath } from './field-path.ts'

/** One rule of `x-kubernetes-validations`, compiled. */
export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: Program | undefined
  /** Why there is no program. */
  readonly problem: string | undefined
  readonly message: Program | undefined
  readonly messageProblem: string | undefined
  readonly usesOldSelf: boolean
  /** Where errors are reported, below the object that the rule is about. */
  readonly fieldPath: string | undefined
}

/** The rules of a schema and of all that is in it. */
export interface RuleTree {
  readonly schema: Schema
  /** What expressions see; undefined where they see nothing of it. */
  readonly type: Type
  readonly rules: readonly CompiledRule[]
  readonly properties: ReadonlyMap<string, RuleTree>
  readonly items: RuleTree | undefined
  readonly additionalProperties: RuleTree | undefined
  /** Rules that stand in branches of `allOf`. */
  readonly allOf: readonly RuleTree[]
}

const none: readonly CompiledRule[] = []

/** Compiles all rules of a resource's schema; undefined where it has none. */
export const compileRules = (schema: Schema): RuleTree | undefined => treeOf(schema, schema, true)

/** `spine` is the schema that says what the values are; `rules` the branch of it that the rules are taken from. */
function treeOf(rules: Schema, spine: Schema, isResource: boolean): RuleTree | undefined {
  const properties = new Map<string, RuleTree>()
  for (const [name, child] of Object.entries(rules.properties ?? {})) {
    const known =
      spine.properties && Object.hasOwn(spine.properties, name) ? spine.properties[name] : undefined
    const tree = known && childTree(child, known)
    if (tree) properties.set(name, tree)
  }
  const [rest, spineRest] = [rules.additionalProperties, spine.additionalProperties]
  const items = rules.items && spine.items && childTree(rules.items, spine.items)
  const additionalProperties =
    typeof rest === 'object' && typeof spineRest === 'object' ? childTree(rest, spineRest) : undefined
  const allOf = (rules.allOf ?? []).flatMap(branch => treeOf(branch, spine, isResource) ?? [])
  const own = rules['x-kubernetes-validations'] ?? []
  if (own.length + properties.size + allOf.length === 0 && !items && !additionalProperties) return undefined
  const declared = declaredType(spine, isResource)
  if (!declared) return undefined
  const { type } = declared
  let compiled: readonly CompiledRule[] | undefined
  return {
    schema: spine,
    type,
    // Compiled when something is to be checked by them: objects have few of the parts that a schema knows.
    get rules() {
      compiled ??= own.length > 0 ? compileRulesOf(own, spine, type) : none
      return compiled
    },
    properties,
    items,
    additionalProperties,
    allOf,
  }
}

const childTree = (rules: Schema, spine: Schema) =>
  treeOf(rules, spine, spine['x-kubernetes-embedded-resource'] === true)

const compiledOf = new WeakMap<readonly ValidationRule[], { type: Type; compiled: readonly CompiledRule[] }>()

/** Compiles rules of one place of a schema. */
export function compileRulesOf(
  rules: readonly ValidationRule[],
  schema: Schema,
  type: Type,
): readonly CompiledRule[] {
  const known = compiledOf.get(rules)
  if (known?.type === type) return known.compiled
  const plain = kubernetesEnvironment({ self: type, oldSelf: type })
  const optional = kubernetesEnvironment({ self: type, oldSelf: optionalOf(type) })
  const compiled = rules.map(rule => compileRule(rule, schema, rule.optionalOldSelf ? optional : plain))
  compiledOf.set(rules, { type, compiled })
  return compiled
}

function compileRule(rule: ValidationRule, schema: Schema, environment: Environment): CompiledRule {
  const { program, problem } = compileAs('bool', rule.rule, environment)
  const message = rule.messageExpression
    ? compileAs('string', rule.messageExpression, environment)
    : undefined
  return {
    rule,
    program,
    problem,
    message: message?.program,
    messageProblem: problem === undefined ? message?.problem : undefined,
    usesOldSelf: program?.references.has('oldSelf') ?? false,
    fieldPath: rule.fieldPath ? normalizeFieldPath(rule.fieldPath, schema) : undefined,
  }
}

function compileAs(
  kind: 'bool' | 'string',
  expression: string,
  environment: Environment,
): { program: Program | undefined; problem: string | undefined } {
  const isRule = kind === 'bool'
  if (expression.trim() === '') return { program: undefined, problem: undefined }
  const { program, problem } = compile(expression, environment)
  if (!program) {
    const prefix = isRule ? 'compilation failed: ' : 'messageExpression compilation failed: '
    return {
      program: undefined,
      problem: problem.startsWith('program instantiation') ? problem : prefix + problem,
    }
  }
  if (program.type.kind === kind) return { program, problem: undefined }
  const wanted = isRule
    ? 'cel expression must evaluate to a bool'
    : 'messageExpression must evaluate to a string'
  return { program: undefined, problem: wanted }
}
