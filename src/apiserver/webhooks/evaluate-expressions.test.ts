import { expect, it } from 'vitest'
import { PolicyCompiler } from '../../kube/cel/policy-compiler.ts'
import { evaluateExpressions, OutOfBudget } from './evaluate-expressions.ts'

/** Costs about 100,000. */
const costly = 'lists.range(100).all(a, lists.range(100).all(b, a + b >= 0))'
const compilerWith = (variables: Record<string, string>) => {
  const compiler = new PolicyCompiler({ params: false, variables: true })
  for (const [name, expression] of Object.entries(variables)) compiler.addVariable(name, expression)
  return compiler
}

it('counts what all expressions cost, and stops beyond the budget', () => {
  const compiler = compilerWith({})
  const expressions = [compiler.validation(costly), undefined, compiler.validation(costly)]
  const { results, left } = evaluateExpressions(expressions, { inputs: {} }, 10_000_000)
  expect(results).toEqual([{ value: true }, undefined, { value: true }])
  const cost = 10_000_000 - left
  expect(evaluateExpressions(expressions, { inputs: {} }, cost).left).toBe(0)
  expect(() => evaluateExpressions(expressions, { inputs: {} }, cost - 1)).toThrow(OutOfBudget)
})

it('counts a variable when it is first used, and once', () => {
  const compiler = compilerWith({ costly, unused: costly })
  const { variables } = compiler
  const spent = (...used: string[]) => {
    const expressions = used.map(expression => compiler.validation(expression))
    return 10_000_000 - evaluateExpressions(expressions, { inputs: {}, variables }, 10_000_000).left
  }
  const once = spent('variables.costly')
  expect(once).toBeGreaterThan(50_000)
  expect(spent('variables.costly', 'variables.costly') - once).toBeLessThan(10)
  expect(spent('true')).toBeLessThan(10)
})
