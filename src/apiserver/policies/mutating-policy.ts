import { type AdmissionExpression, compileMatchCondition } from '../../kube/cel/admission-expression.ts'
import { PolicyCompiler } from '../../kube/cel/policy-compiler.ts'
import type { MutatingAdmissionPolicySpec, Mutation } from '../../kube/generated/admissionregistration-v1.ts'

/** A MutatingAdmissionPolicy's spec with its expressions compiled. */
export interface CompiledMutatingPolicy {
  readonly variables: ReadonlyMap<string, AdmissionExpression>
  readonly matchConditions: readonly AdmissionExpression[]
  readonly mutations: readonly CompiledMutation[]
}

export interface CompiledMutation {
  readonly kind: 'JSONPatch' | 'ApplyConfiguration'
  readonly expression: AdmissionExpression
}

export function compileMutatingPolicy(spec: MutatingAdmissionPolicySpec): CompiledMutatingPolicy {
  const { variables = [], matchConditions = [], mutations = [], paramKind } = spec
  const compiler = new PolicyCompiler({ params: paramKind !== undefined, variables: true })
  for (const { name, expression } of variables) compiler.addVariable(name, expression)
  return {
    variables: compiler.variables,
    matchConditions: matchConditions.map(({ expression }) =>
      compileMatchCondition(expression, paramKind !== undefined),
    ),
    mutations: mutations.flatMap(mutation => compileMutation(compiler, mutation) ?? []),
  }
}

function compileMutation(
  compiler: PolicyCompiler,
  { patchType, jsonPatch, applyConfiguration }: Mutation,
): CompiledMutation | undefined {
  if (patchType === 'JSONPatch' && jsonPatch)
    return { kind: patchType, expression: compiler.jsonPatch(jsonPatch.expression ?? '') }
  if (patchType === 'ApplyConfiguration' && applyConfiguration)
    return { kind: patchType, expression: compiler.applyConfiguration(applyConfiguration.expression ?? '') }
  return undefined
}
