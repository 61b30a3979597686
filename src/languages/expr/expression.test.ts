import { describe, expect, it } from 'vitest'
import { compileExpression } from './expression.ts'
import { fromJson, type Value } from './value.ts'

const environment: Record<string, Value> = {
  nothing: null,
  number: 1.5,
  count: 3n,
  text: 'héllo',
  users: fromJson([
    { name: 'Ada', age: 36, tags: ['x'] },
    { name: 'Bob', age: 20 },
    { name: 'Cy', age: 28 },
  ]),
  site: fromJson({ city: 'Québec', seats: { free: 4 } }),
}
const run = (source: string): Value =>
  compileExpression(source, Object.keys(environment), { now: () => Date.UTC(2026, 0, 1) })(environment)

// Expectations come from expr-lang's language definition and Go's arithmetic.
const results: [string, Value][] = [
  // literals
  ['42', 42n],
  ['0x2A', 42n],
  ['0o52', 42n],
  ['0b101010', 42n],
  ['1_000', 1000n],
  ['.5', 0.5],
  ['1e3', 1000],
  [`"a\\n\\u00e9\\x41"`, 'a\né' + 'A'],
  ["'it\\'s'", "it's"],
  ['`raw\\n`', 'raw\\n'],
  ['[1, 2,]', [1n, 2n]],
  ['{a: 1, "b": 2, (text): 3}["héllo"]', 3n],
  ['nil', null],
  ['1 /* two */ + 2 // three', 3n],
  // arithmetic: ints stay ints, / and ** are floats
  ['7 + 2', 9n],
  ['7 / 2', 3.5],
  ['6 / 2', 3],
  ['7 % 2', 1n],
  ['-7 % 2', -1n],
  ['2 ** 3', 8],
  ['2 ^ 3 ^ 2', 512],
  ['-2 ** 2', -4],
  ['1 + 0.5', 1.5],
  ['9223372036854775807 + 1', -9223372036854775808n],
  ['1 / 0', Number.POSITIVE_INFINITY],
  ['"a" + "b"', 'ab'],
  ['+number', 1.5],
  // comparison and logic
  ['1 == 1.0', true],
  ['1 < 2 < 3', true],
  ['3 > 2 > 2', false],
  ['"a" < "b"', true],
  ['[1, 2] == [1, 2.0]', true],
  ['{a: 1} == {a: 1}', true],
  ['nil == nothing', true],
  ['1 == "1"', false],
  ['not false and true', true],
  ['!true || true', true],
  ['false && (1 / "x" == 1)', false],
  ['true or false and false', true],
  // membership
  ['2 in [1, 2]', true],
  ['2.0 in 1..3', true],
  ['4 not in 1..3', true],
  ['"city" in site', true],
  ['"x" in nothing', false],
  ['text contains "éll"', true],
  ['text not startsWith "h"', false],
  ['text endsWith "o"', true],
  ['"v1.2" matches "^v[0-9]+"', true],
  ['"abc" not matches "^b"', true],
  // members
  ['site.seats.free', 4],
  ['site["city"]', 'Québec'],
  ['site.none', null],
  ['site.none?.deeper', null],
  ['site?.seats?.free', 4],
  ['nothing?.a.b.c', null],
  ['nothing?.[0]', null],
  ['site.none?.x ?? "none"', 'none'],
  ['users[0].name', 'Ada'],
  ['users[-1].name', 'Cy'],
  ['[1, 2, 3, 4, 5][1:4]', [2n, 3n, 4n]],
  ['[1, 2, 3, 4, 5][1:-1]', [2n, 3n, 4n]],
  ['[1, 2, 3][:2]', [1n, 2n]],
  ['[1, 2, 3][2:]', [3n]],
  ['[1, 2, 3][:]', [1n, 2n, 3n]],
  ['[1, 2, 3][5:9]', []],
  ['"hello"[1:3]', 'el'],
  ['$env["number"]', 1.5],
  ['"foo" in $env', false],
  // conditionals, let, sequences, pipes
  ['number > 1 ? "big" : "small"', 'big'],
  ['true ?: 1', true],
  ['if number > 2 { 1 } else if number > 1 { 2 } else { 3 }', 2n],
  ['let x = 42; x * 2', 84n],
  ['let x = 2; let y = 3; x * y', 6n],
  ['1; 2; 3', 3n],
  ['nothing ?? number', 1.5],
  ['1 + (nothing ?? 2)', 3n],
  ['"A B" | lower() | split(" ")', ['a', 'b']],
  ['[3, 1, 2] | sort() | first()', 1n],
  ['1..3', [1n, 2n, 3n]],
  ['3..1', []],
  // predicates
  ['all(users, {.age > 18})', true],
  ['all([], {# > 1})', true],
  ['any(users, .age > 35)', true],
  ['one(users, .age < 25)', true],
  ['none(users, .age > 40)', true],
  ['map(users, .name)', ['Ada', 'Bob', 'Cy']],
  ['map(1..3, # * 2)', [2n, 4n, 6n]],
  ['map(1..3, #index)', [0n, 1n, 2n]],
  ['filter(0..9, {# % 2 == 0})', [0n, 2n, 4n, 6n, 8n]],
  ['find([1, 2, 3, 4], # > 2)', 3n],
  ['find([1], # > 2)', null],
  ['findIndex([1, 2, 3, 4], # > 2)', 2n],
  ['findIndex([1], # > 2)', -1n],
  ['findLast([1, 2, 3, 4], # > 2)', 4n],
  ['findLastIndex([1, 2, 3, 4], # > 2)', 3n],
  ['count(users, .age > 25)', 2n],
  ['count([true, false, true])', 2n],
  ['sum([1, 2, 3])', 6n],
  ['sum([1, 0.5])', 1.5],
  ['sum(users, .age)', 84],
  ['keys(groupBy(1..4, # % 2))', [1n, 0n]],
  ['groupBy(1..4, # % 2)[0]', [2n, 4n]],
  ['map(sortBy(users, .age), .name)', ['Bob', 'Cy', 'Ada']],
  ['map(sortBy(users, .age, "desc"), .name)', ['Ada', 'Cy', 'Bob']],
  ['reduce(1..9, #acc + #)', 45n],
  ['reduce(1..3, #acc + #, 10)', 16n],
  ['map(users, {let a = .age; a + 1})', [37, 21, 29]],
  ['filter(users, {any(.tags ?? [], # == "x")}) | len()', 1n],
  ['map([[1, 2], [3]], {sum(map(#, # * 10))})', [30n, 30n]],
  // strings
  ['trim("  Hello  ")', 'Hello'],
  ['trim("__Hello__", "_")', 'Hello'],
  ['trimPrefix("HelloWorld", "Hello")', 'World'],
  ['trimSuffix("HelloWorld", "World")', 'Hello'],
  ['upper("hi")', 'HI'],
  ['lower("HI")', 'hi'],
  ['split("a,b,c", ",", 2)', ['a', 'b,c']],
  ['splitAfter("a,b,c", ",")', ['a,', 'b,', 'c']],
  ['replace("Hello World", "World", "$&")', 'Hello $&'],
  ['replace("aaa", "a", "b", 2)', 'bba'],
  ['repeat("Hi", 3)', 'HiHiHi'],
  ['join(["a", "b"], ",")', 'a,b'],
  ['indexOf("apple pie", "pie")', 6n],
  ['indexOf("é!", "!")', 2n],
  ['lastIndexOf("apple pie apple", "apple")', 10n],
  ['indexOf("a", "b")', -1n],
  ['hasPrefix("Hello", "He")', true],
  ['hasSuffix("Hello", "He")', false],
  // numbers
  ['max(5, 7)', 7n],
  ['min([5, 2.5], 7)', 2.5],
  ['abs(-5)', 5n],
  ['abs(-0.5)', 0.5],
  ['ceil(1.5)', 2],
  ['floor(-1.5)', -2],
  ['round(2.5)', 3],
  ['round(-2.5)', -3],
  ['mean([1, 2, 3])', 2],
  ['mean([])', 0],
  ['median([1, 2, 3, 4])', 2.5],
  ['int("123")', 123n],
  ['int(1.9)', 1n],
  ['int(-1.9)', -1n],
  ['float("123.45")', 123.45],
  ['float(3)', 3],
  ['bitand(0b1010, 0b1100)', 0b1000n],
  ['bitor(0b1010, 0b1100)', 0b1110n],
  ['bitxor(0b1010, 0b1100)', 0b110n],
  ['bitnand(0b1010, 0b1100)', 0b10n],
  ['bitnot(0b1010)', -0b1011n],
  ['bitshl(0b101101, 2)', 0b10110100n],
  ['bitshr(-5, 1)', -3n],
  ['bitushr(-0b101, 2)', 4611686018427387902n],
  // collections
  ['len(text)', 5n],
  ['len({a: 1})', 1n],
  ['first([])', null],
  ['last([1, 2])', 2n],
  ['get([1, 2], 9)', null],
  ['get({a: 1}, "a")', 1n],
  ['take([1, 2, 3], 2)', [1n, 2n]],
  ['keys({name: "John", age: 30})', ['name', 'age']],
  ['values({name: "John", age: 30})', ['John', 30n]],
  ['toPairs({a: 1})', [['a', 1n]]],
  ['fromPairs([["a", 1]]).a', 1n],
  ['reverse([1, 2])', [2n, 1n]],
  ['uniq([1, 2.0, 1.0, 2])', [1n, 2]],
  ['concat([1], [2])', [1n, 2n]],
  ['flatten([1, [2, [3]]])', [1n, 2n, 3n]],
  ['sort([3, 1.5, 2], "desc")', [3n, 2n, 1.5]],
  // conversion
  [
    'map([1, 1.0, "", true, nil, [], {}, now()], type(#))',
    ['int', 'float', 'string', 'bool', 'nil', 'array', 'map', 'time.Time'],
  ],
  ['string(123)', '123'],
  ['string([1, 0.5, "a"])', '[1 0.5 a]'],
  ['string({b: 1, a: nil})', 'map[a:<nil> b:1]'],
  ['string(1e21)', '1e+21'],
  ['string(0.00001)', '1e-05'],
  ['string(123456789.0)', '123456789'],
  ['toJSON({b: [1, 0.5], a: "<"})', '{\n  "a": "\\u003c",\n  "b": [\n    1,\n    0.5\n  ]\n}'],
  [`fromJSON('{"a": [1]}').a[0]`, 1],
  ['toBase64("Hello World")', 'SGVsbG8gV29ybGQ='],
  ['fromBase64("SGVsbG8gV29ybGQ=")', 'Hello World'],
  // time
  ['duration("1h30m").Minutes()', 90],
  ['now().Year()', 2026n],
  ['(now() - duration("24h")).Day()', 31n],
  ['date("2026-01-02") - now() == duration("24h")', true],
  ['date("2025-12-31T23:00:00-05:00") > now()', true],
]

const failures: [string, string][] = [
  ['', 'unexpected end of expression (1:1)'],
  ['1 +', 'unexpected end of expression (1:4)'],
  ['foo > 1', 'unknown name foo (1:1)'],
  ['number >> 1', 'unexpected token ">" (1:9)'],
  ['1 ~ 2', 'unrecognized character: "~" (1:3)'],
  ['"open', 'literal not terminated (1:1)'],
  ['"a\\q"', 'invalid char escape (1:3)'],
  ['12a', 'bad number syntax: "12a" (1:1)'],
  ['99999999999999999999', 'integer literal is too large (1:1)'],
  [
    'nothing ?? 0 < 5',
    'Operator (<) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses. (1:14)',
  ],
  ['# > 1', 'cannot use pointer accessor outside predicate (1:1)'],
  ['len()', 'invalid number of arguments for len (expected 1, got 0) (1:1)'],
  ['all([1])', 'all takes at least 2 arguments (1:8)'],
  ['site.city.x', 'cannot fetch x from string (1:11)'],
  ['nothing.a', 'cannot fetch a from nil (1:9)'],
  ['users[9]', 'index out of range: 9 (array length is 3) (1:6)'],
  ['users > 1', 'invalid operation: array > int (1:7)'],
  ['1 + "a"', 'invalid operation: int + string (1:3)'],
  ['1.5 % 2', 'invalid operation: float % int (1:5)'],
  ['1 % 0', 'integer divide by zero (1:3)'],
  ['not 1', 'operand of not should be bool (got int) (1:1)'],
  ['1 ? 2 : 3', 'condition should be bool (got int) (1:3)'],
  ['filter([1], #)', 'predicate of filter should return bool (got int) (1:1)'],
  ['"a" in "abc"', 'operator "in" not defined on string (1:5)'],
  ['"a" matches "("', 'error parsing regexp: missing closing ): `(` (1:13)'],
  ['"a" matches "(?=a)"', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=` (1:13)'],
  ['number()', 'number is not callable (got float) (1:1)'],
  ['len(\n  1)', 'invalid argument for len (type int) (1:1)'],
  ['1..10000000', 'memory budget exceeded (1:2)'],
  ['repeat("x", 1000001)', 'memory budget exceeded (1:1)'],
  ['let number = 1; 2', 'cannot redeclare number (1:5)'],
  ['duration("x")', 'time: invalid duration "x" (1:1)'],
]

describe('expr', () => {
  it.each(results)('%s', (source, expected) => {
    expect(run(source)).toEqual(expected)
  })

  it.each(failures)('%s fails', (source, message) => {
    let found = 'nothing was thrown'
    try {
      run(source)
    } catch (error) {
      found = (error as Error).message.split('\n')[0] ?? ''
    }
    expect(found).toBe(message)
  })

  it('points at the place', () => {
    expect(() => run('number +\n  foo')).toThrow('unknown name foo (2:3)\n |   foo\n |   ^')
  })

  it('bounds nested loops, deep nesting and long sources', () => {
    expect(() => run('map(1..1000, {map(1..1000, {map(1..1000, #)})})')).toThrow('memory budget exceeded')
    expect(() => run('('.repeat(400) + '1' + ')'.repeat(400))).toThrow('nested more than 250 levels')
    expect(() => run('1 + '.repeat(20_000) + '1')).toThrow('longer than 65536')
    expect(() => run(`[${'1,'.repeat(15_000)}]`)).toThrow('more than 10000 parts')
  })
})
