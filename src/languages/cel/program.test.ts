import { describe, expect, it } from 'vitest'
import { authorizerValue } from './builtins/authorizer.ts'
import { createEnvironment } from './environment.ts'
import { fromJson } from './json-value.ts'
import { compile } from './program.ts'
import { dynType, intType, listOf, mapOf, objectType, opaqueType, optionalOf, stringType } from './type.ts'
import { Optional } from './value.ts'

const boatType = objectType(
  'Boat',
  new Map(
    Object.entries({
      sails: { jsonName: 'sails', type: intType },
      __namespace__: { jsonName: 'namespace', type: stringType },
      crew: { jsonName: 'crew', type: { ...listOf({ ...stringType, maxElements: 40 }), maxElements: 5 } },
      tags: { jsonName: 'tags', type: { ...listOf(stringType), listType: 'set' as const } },
      any: { jsonName: 'any', type: dynType },
    }),
  ),
)
const environment = createEnvironment({
  self: boatType,
  oldSelf: optionalOf(boatType),
  counts: mapOf(stringType, intType),
  authorizer: opaqueType('kubernetes.authorization.Authorizer'),
})
const boat = { sails: 2, namespace: 'harbour', crew: ['ann', 'bo'], tags: ['a', 'b'], any: '10%' }
const variables = {
  self: fromJson(boat, boatType),
  oldSelf: new Optional(fromJson({ ...boat, sails: 1 }, boatType)),
  counts: fromJson({ a: 1, b: 2 }, mapOf(stringType, intType)),
  authorizer: authorizerValue({
    decide: ({ group, resource, verb, namespace }) => ({
      allowed: group === 'apps' && resource === 'deployments' && verb === 'get' && namespace === 'harbour',
      reason: 'because',
    }),
  }),
}

function run(expression: string, costLimit?: number) {
  const { program, problem } = compile(expression, environment)
  if (!program) return problem
  const outcome = program.evaluate(variables, costLimit === undefined ? {} : { costLimit })
  return outcome.error ? outcome.error.message : outcome.value
}

describe('expressions that are true', () => {
  it.each([
    // literals
    `'a\\n\\x41\\u00e9\\101' == "a\\nA\\u00e9A" && r'\\n' == '\\\\n' && '''a'b''' == "a'b"`,
    `b'\\xff\\303' != b'' && size(b'é') == 2 && 0x1F == 31 && 5u == 5u && 1.5e3 == 1500.0 && -0x10 == -16`,
    // numbers of different types
    `dyn(1) == 1.0 && dyn(1u) == 1 && 1 < 1.5 && 2u > 1 && dyn(1) == dyn(1.0) && 1 in [1] && {1: 'a'}[dyn(1.0)] == 'a'`,
    `7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1 && 7.0 / 2.0 == 3.5`,
    // errors that do not count
    `true || 1 / 0 > 0`,
    `1 / 0 > 0 || true`,
    `!(false && 1 / 0 > 0)`,
    `!(1 / 0 > 0 && false)`,
    `[1, 0].exists(x, 2 / x == 2)`,
    `![0, 1].all(x, 2 / x == 1)`,
    // macros
    `[1, 2, 3].all(x, x > 0) && [1, 2].exists_one(x, x == 2) && [1, 2].map(x, x * 2) == [2, 4]`,
    `[1, 2, 3].map(x, x > 1, x * 2) == [4, 6] && [1, 2, 3].filter(x, x > 1) == [2, 3] && {'a': 1}.all(k, k == 'a')`,
    `[5, 6].all(i, v, v == i + 5) && {'a': 1}.exists(k, v, k == 'a' && v == 1) && ['x'].existsOne(i, v, v == 'x')`,
    `[1, 2].transformList(i, v, i * v) == [0, 2] && counts.transformMap(k, v, v > 1, v * 10) == {'b': 20}`,
    `counts.transformMapEntry(k, v, {v: k}) == {1: 'a', 2: 'b'} && cel.bind(x, 2, x + x) == 4`,
    `has(self.sails) && !has(counts.c) && counts.b == 2 && 'a' in counts`,
    // fields, sets
    `self.__namespace__ == 'harbour' && self.tags == ['b', 'a'] && self.tags + ['b', 'c'] == ['a', 'b', 'c']`,
    `type(self.any) == string && self.any.matches('^[0-9]+%$')`,
    // optional values
    `oldSelf.sails.value() == 1 && oldSelf.?sails.orValue(0) == 1 && counts[?'z'].orValue(7) == 7`,
    `optional.none().or(optional.of(1)) == optional.of(1) && [?optional.of(1), ?optional.none()] == [1]`,
    `{?'a': optional.of(1), ?'b': counts[?'z']} == {'a': 1} && optional.of(2).optMap(x, x + 1).value() == 3`,
    `optional.ofNonZeroValue('').hasValue() == false && [1, 2].first().value() == 1 && [].last() == optional.none()`,
    // time
    `timestamp('2024-02-29T23:30:00.5-01:30') == timestamp('2024-03-01T01:00:00.500Z')`,
    `timestamp('2024-02-29T23:00:00Z') + duration('1h30m') > timestamp('2024-03-01T00:00:00Z')`,
    `timestamp('2024-03-10T12:00:00Z').getHours('America/New_York') == 8 && duration('90m').getHours() == 1`,
    `timestamp('2024-12-31T00:00:00Z').getDayOfYear() == 365 && string(duration('1.5s')) == '1.5s'`,
    // texts
    `'Ünï'.size() == 3 && 'tacocat'.charAt(3) == 'o' && 'abcabc'.lastIndexOf('b') == 4 && 'a,b'.split(',') == ['a', 'b']`,
    `'HI'.lowerAscii() == 'hi' && 'aaa'.replace('a', 'b', 2) == 'bba' && '  x '.trim() == 'x' && 'abc'.substring(1, 2) == 'b'`,
    `'%s %d %.2f %x %b %s'.format(['a', 1, 2.345, 255, 5, [1, true]]) == 'a 1 2.35 ff 101 [1, true]'`,
    `['a', 'b'].join('-') == 'a-b' && strings.quote('a"b') == '"a\\\\"b"'`,
    // lists and sets
    `[3, 1, 2].sort() == [1, 2, 3] && ['bb', 'a'].sortBy(s, size(s)) == ['a', 'bb'] && [1, 2].sum() == 3 && [1, 3].max() == 3`,
    `[1, 2, 2].distinct() == [1, 2] && [[1], [2]].flatten() == [1, 2] && lists.range(3).reverse() == [2, 1, 0]`,
    `[1, 2].isSorted() && [1, 2, 1].lastIndexOf(1) == 2 && [1, 2, 3].slice(1, 3) == [2, 3]`,
    `sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])`,
    // Kubernetes' libraries
    `'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'aXbX'.findAll('^.') == ['a']`,
    `url('https://u@example.com:80/p%20q?k=a&k=b').getHost() == 'example.com:80' && isURL('/a') && !isURL('../a')`,
    `url('https://example.com:80/').getPort() == '80' && url('https://x/?k=a&k=b').getQuery() == {'k': ['a', 'b']}`,
    `quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1.5').add(quantity('500m')) == quantity('2') && !isQuantity('1x')`,
    `ip('::1').isLoopback() && ip('10.0.0.1').family() == 4 && ip.isCanonical('2001:db8::1') && !isIP('1.2.3.4.5')`,
    `cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.2.0.0/16') && string(cidr('10.1.0.0/8').masked()) == '10.0.0.0/8'`,
    `semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && semver('v1.0', true).major() == 1 && !isSemver('v1.0')`,
    `authorizer.group('apps').resource('deployments').namespace('harbour').check('get').allowed()`,
    `!authorizer.group('apps').resource('deployments').check('get').allowed()`,
  ])('%s', expression => {
    expect(run(expression)).toBe(true)
  })
})

it.each([
  ['9223372036854775807 + 1', 'integer overflow'],
  ['-9223372036854775808 - 1', 'integer overflow'],
  ['0u - 1u', 'unsigned integer overflow'],
  ['1 / 0', 'division by zero'],
  ['1 % 0', 'modulus by zero'],
  ['counts.c', 'no such key: c'],
  ['[1][5]', 'index out of bounds: 5'],
  ['dyn(1) + dyn("a")', 'no such overload'],
  ['int("x")', "program instantiation failed: type conversion error from 'string' to 'int'"],
  ['[""].map(x, int(x))', "type conversion error from 'string' to 'int'"],
  ['["9223372036854775808"].map(x, int(x))', "type conversion error from 'string' to 'int'"],
  ['["x"].map(x, duration(x))', "type conversion error from 'string' to 'google.protobuf.Duration'"],
  ['optional.none().value()', 'optional.none() dereference'],
  ['[1, 2].all(x, x / 0 > 0)', 'division by zero'],
])('%s fails with %s', (expression, message) => {
  expect(run(expression)).toBe(message)
})

it.each([
  ['self.foo', "ERROR: <input>:1:5: undefined field 'foo'\n | self.foo\n | ....^"],
  ['foo', "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo\n | ^"],
  [
    '1 + ',
    "ERROR: <input>:1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 + \n | ....^",
  ],
  [
    `self.sails == 'a'`,
    "ERROR: <input>:1:12: found no matching overload for '_==_' applied to '(int, string)'\n | self.sails == 'a'\n | ...........^",
  ],
  [
    'self.sails.startsWith("a")',
    "ERROR: <input>:1:22: found no matching overload for 'startsWith' applied to 'int.(string)'\n | self.sails.startsWith(\"a\")\n | .....................^",
  ],
  ['[1, "a"]', "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, \"a\"]\n | ....^"],
  [
    'self.sails.all(x, true)',
    "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.sails.all(x, true)\n | ....^",
  ],
  ['"é" + for', 'ERROR: <input>:1:7: reserved identifier: for\n | "é" + for\n | .．....^'],
  [
    'true &&\n  foo(1)',
    "ERROR: <input>:2:6: undeclared reference to 'foo' (in container '')\n |   foo(1)\n | .....^",
  ],
  ['duration("1d")', 'ERROR: <input>:1:10: invalid duration argument\n | duration("1d")\n | .........^'],
  [
    '"a".matches("(")',
    'ERROR: <input>:1:13: invalid matches argument\n | "a".matches("(")\n | ............^',
  ],
])('%s is refused as cel-go refuses it', (expression, problem) => {
  expect(run(expression)).toBe(problem)
})

it('counts what an evaluation costs, and stops at the limit', () => {
  const cost = (expression: string) => compile(expression, environment).program?.evaluate(variables).cost
  expect(cost('self.sails == 2')).toBe(3)
  expect(cost('[1, 2, 3].all(x, x > 0)')).toBe(16)
  expect(cost('self.crew.map(c, c + "x")')).toBe(31)
  expect(run('[1, 2, 3].all(x, x > 0)', 15)).toBe('operation cancelled: actual cost limit exceeded')
  expect(run('[1, 2, 3].all(x, x > 0) || true', 15)).toBe('operation cancelled: actual cost limit exceeded')
})

it('estimates costs from declared sizes', () => {
  const estimate = (expression: string) => compile(expression, environment).program?.estimatedCost
  expect(estimate('self.crew.all(c, c == "ann")')).toEqual({ min: 3, max: 28 })
  expect(estimate('self.sails == 2')?.max).toBe(2)
})

it('refuses expressions that are too deep or too long', () => {
  expect(run(`${'('.repeat(300)}1${')'.repeat(300)}`)).toContain('expression recursion limit exceeded: 250')
  expect(run(`'${'a'.repeat(100_001)}'`)).toContain('expression code point size exceeds limit')
  expect(run(`1${' + 1'.repeat(20_000)}`)).toContain('expression recursion limit exceeded: 250')
  expect(run(`true${' && true'.repeat(9_000)}`)).toBe(true)
})
