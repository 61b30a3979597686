import type { Environment } from '../../languages/cel/environment.ts'
import {
  boolType,
  dynType,
  type Field,
  listOf,
  mapOf,
  nullType,
  objectType,
  parameterOf,
  stringType,
  type Type,
} from '../../languages/cel/type.ts'
import { applyConfigurationType, jsonPatchType } from './patch-types.ts'
import { admissionEnvironment } from './admission-environment.ts'
import { type AdmissionExpression, compileExpression, type Results } from './admission-expression.ts'

export interface PolicyNames {
  /** Whether the policy has a paramKind. */
  readonly params: boolean
  /** Whether it may use variables of its own. */
  readonly variables: boolean
  /** Types of `object` and `params` where they are known, for type checks. */
  readonly types?: { readonly object?: Type | undefined; readonly params?: Type | undefined }
}

/** Compiles the expressions of one admission policy. Variables may use those that were added before them. */
export class PolicyCompiler {
  readonly variables = new Map<string, AdmissionExpression>()
  readonly #fields = new Map<string, Field>()
  readonly #withAuthorizer: Environment
  readonly #withoutAuthorizer: Environment
  readonly #patching: Environment

  constructor({ params, variables, types = {} }: PolicyNames) {
    const names = {
      ...(types.object ? { object: types.object } : {}),
      params: params ? (types.params ?? dynType) : undefined,
      // The type has the variables as they are added.
      variables: variables ? objectType('kubernetes.variables', this.#fields) : undefined,
    }
    this.#withAuthorizer = admissionEnvironment({ ...names, authorizer: true })
    this.#withoutAuthorizer = admissionEnvironment({ ...names, authorizer: false })
    this.#patching = admissionEnvironment({ ...names, authorizer: true, patches: true })
  }

  addVariable(name: string, expression: string): AdmissionExpression {
    const compiled = this.any(expression)
    this.#fields.set(name, { jsonName: name, type: composedType(compiled.program?.type) })
    this.variables.set(name, compiled)
    return compiled
  }

  validation(expression: string): AdmissionExpression {
    return this.#compile(expression, [boolType])
  }
  /** messageExpression, which cannot ask who may do what. */
  message(expression: string): AdmissionExpression {
    return compileExpression(expression, this.#withoutAuthorizer, [stringType])
  }
  auditAnnotation(expression: string): AdmissionExpression {
    return this.#compile(expression, [stringType, nullType])
  }
  applyConfiguration(expression: string): AdmissionExpression {
    return compileExpression(expression, this.#patching, [applyConfigurationType])
  }
  jsonPatch(expression: string): AdmissionExpression {
    return compileExpression(expression, this.#patching, [jsonPatchType])
  }
  any(expression: string): AdmissionExpression {
    return this.#compile(expression, undefined)
  }

  #compile(expression: string, results: Results): AdmissionExpression {
    return compileExpression(expression, this.#withAuthorizer, results)
  }
}

const plainKinds = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'null',
  'string',
  'timestamp',
  'uint',
])

/** What users of a variable know of its type: scalars, and lists and maps of what is known. */
function composedType(type: Type | undefined): Type {
  if (type === undefined) return dynType
  if (plainKinds.has(type.kind)) return type
  if (type.kind === 'list') return listOf(composedType(parameterOf(type, 0)))
  if (type.kind === 'map')
    return mapOf(composedType(parameterOf(type, 0)), composedType(parameterOf(type, 1)))
  return dynType
}
