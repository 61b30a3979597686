import { expect, it } from 'vitest'
import { evaluateCondition } from './condition.ts'
import { fromJson } from './value.ts'

// The first groups are the shapes of Argo Rollouts' own examples.
const cases: [string, unknown, boolean][] = [
  ['result[0] >= 0.95', [0.97], true],
  ['result[0] >= 0.95', [0.9], false],
  ['result[0] >= 0.95', [Number.NaN], false],
  ['result < 0.05', 0.01, true],
  ['len(result) == 0 || result[0] < 0.05', [], true],
  ['len(result) == 0 or isNaN(result[0]) or result[0] <= 0.01', [Number.NaN], true],
  ['default(result, 0) < 5', null, true],
  ['default(result, 0) < 5', 7, false],
  ['isNil(result)', null, true],
  ['isInf(result[0])', [Number.POSITIVE_INFINITY], true],
  ['all(result.items, {asFloat(.value) >= 9900})', { items: [{ value: '9900' }, { value: '1e5' }] }, true],
  ['asInt(result.count) == 12', { count: '12' }, true],
  ['result == "healthy"', 'healthy', true],
  ['result.ok && result.successPercent >= 0.90', { ok: true, successPercent: 0.95 }, true],
  ['result.status != "degraded" and result.n in 1..3', { status: 'up', n: 2 }, true],
  ['all(result, # < 0.5) and count(result, {# > 0.1}) <= 1', [0.2, 0.05], true],
]
it.each(cases)('%s with %j is %s', (condition, result, expected) => {
  expect(evaluateCondition(condition, fromJson(result))).toBe(expected)
})

const failures: [string, unknown, string][] = [
  ['result[0] >= 0.95', [], 'index out of range: 0 (array length is 0)'],
  ['result > 1', [1], 'invalid operation: array > int'],
  ['result', 1, 'expected bool, but got float'],
  ['reslut > 1', 1, 'unknown name reslut'],
  ['asFloat(result) > 1', 'x', 'asFloat: "x" is no number'],
  ['asInt(result) > 1', 1, 'asInt takes a string (got float)'],
  ['isNaN(result)', 'x', 'cannot use string as argument 1 (type float64) to call isNaN'],
]
it.each(failures)('%s with %j fails', (condition, result, message) => {
  expect(() => evaluateCondition(condition, fromJson(result))).toThrow(message)
})
