import type { Environment } from '../../languages/cel/environment.ts'
import { compile, type Program } from '../../languages/cel/program.ts'
import { boolType, dynType, sameType, type Type } from '../../languages/cel/type.ts'
import { admissionEnvironment } from './admission-environment.ts'

/** An expression of admission, compiled; where that failed, `problem` says why in upstream's words. */
export interface AdmissionExpression {
  readonly expression: string
  readonly program: Program | undefined
  readonly problem: string | undefined
}

/** What an expression may yield; undefined: anything. */
export type Results = readonly Type[] | undefined

/** Compiles an expression that has to yield one of some types (apiserver/pkg/admission/plugin/cel). */
export function compileExpression(
  expression: string,
  environment: Environment,
  results: Results,
): AdmissionExpression {
  const failed = (problem: string) => ({ expression, program: undefined, problem })
  const { program, problem } = compile(expression, environment)
  if (problem !== undefined) return failed(isInternal(problem) ? problem : `compilation failed: ${problem}`)
  const { type } = program
  if (!results || results.some(wanted => sameType(wanted, type)))
    return { expression, program, problem: undefined }
  const [first, ...others] = results.map(declaredName)
  const wanted = others.length === 0 ? `${first}` : `one of [${[first, ...others].join(' ')}]`
  return failed(`must evaluate to ${wanted} but got ${declaredName(type)}`)
}

/** Whether an expression that is right could not be made ready all the same: no fault of a field's value. */
export const isInternal = (problem: string): boolean => problem.startsWith('program instantiation failed: ')

const names: Readonly<Record<string, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
}

/** A type as cel-go names its declaration, which is not how the checker's messages show it. */
function declaredName({ name, parameters }: Type): string {
  const own = names[name] ?? name
  return parameters.length === 0 ? own : `${own}(${parameters.map(declaredName).join(', ')})`
}

let plain: Environment | undefined
let withParams: Environment | undefined

/** A match condition of a webhook, or of a policy that has parameters or not. */
export function compileMatchCondition(expression: string, hasParams = false): AdmissionExpression {
  plain ??= admissionEnvironment({ authorizer: true })
  withParams ??= admissionEnvironment({ authorizer: true, params: dynType })
  return compileExpression(expression.trim(), hasParams ? withParams : plain, [boolType])
}
