import { describe, expect, it } from 'vitest'
import { typeOf } from './check-types.ts'
import { parse } from './parser.ts'
import type { Expression } from './syntax.ts'

/** The structure of an expression with all parentheses written. */
function shape(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return String(node.value)
    case 'string':
      return JSON.stringify(node.value)
    case 'parenthesis':
      return shape(node.expression)
    case 'unary':
      return `(${node.operator}${shape(node.expression)})`
    case 'binary': {
      const { matching } = node
      const labels = matching && (matching.on || matching.labels.length > 0)
      const match = labels ? ` ${matching.on ? 'on' : 'ignoring'}[${matching.labels}]` : ''
      const group = matching?.include.length ? ` ${matching.cardinality}[${matching.include}]` : ''
      return `(${shape(node.left)} ${node.operator}${node.returnBool ? ' bool' : ''}${match}${group} ${shape(node.right)})`
    }
    case 'selector': {
      const matchers = node.matchers.map(({ name, operator, value }) => `${name}${operator}${value}`)
      return `<${matchers.join(',')}>${modifiers(node)}`
    }
    case 'matrix':
      return `${shape({ ...node.selector, offsetMs: 0, at: undefined })}[${node.rangeMs}]${modifiers(node.selector)}`
    case 'subquery':
      return `${shape(node.expression)}[${node.rangeMs}:${node.stepMs}]${modifiers(node)}`
    case 'call':
      return `${node.name}(${node.args.map(shape).join(', ')})`
    case 'aggregation': {
      const by =
        node.grouping.length > 0 || node.without
          ? ` ${node.without ? 'without' : 'by'}[${node.grouping}]`
          : ''
      const parameter = node.parameter ? `${shape(node.parameter)}, ` : ''
      return `${node.operator}${by}(${parameter}${shape(node.expression)})`
    }
  }
}

function modifiers({ offsetMs, at }: { offsetMs: number; at: unknown }): string {
  const offset = offsetMs === 0 ? '' : ` offset ${offsetMs}`
  return at === undefined ? offset : `${offset} @ ${typeof at === 'string' ? at : JSON.stringify(at)}`
}

describe('parse', () => {
  it.each([
    ['0xc + 0755 + 5e-3 + .5 + 5. + 1_000', '(((((12 + 493) + 0.005) + 0.5) + 5) + 1000)'],
    ['+Inf + -iNf + NaN', '((Infinity + -Infinity) + NaN)'],
    ['1h30m + 1', '(5400 + 1)'],
    ['-1^2', '(-(1 ^ 2))'],
    ['-1*2', '(-1 * 2)'],
    ['2 ^ 3 ^ -2', '(2 ^ (3 ^ -2))'],
    ['1 + 2 * 3 - 4 / 5 % 6 atan2 7', '((1 + (2 * 3)) - (((4 / 5) % 6) atan2 7))'],
    ['1 < bool 2 - 1 * 2', '(1 < bool (2 - (1 * 2)))'],
    [
      'foo + bar or bla and blub',
      '((<__name__=foo> + <__name__=bar>) or (<__name__=bla> and <__name__=blub>))',
    ],
    ['a and b unless c or d', '(((<__name__=a> and <__name__=b>) unless <__name__=c>) or <__name__=d>)'],
    [
      'bar + on(foo) bla / on(baz, "bu z") group_right(test) blub',
      '(<__name__=bar> + on[foo] (<__name__=bla> / on[baz,bu z] one-to-many[test] <__name__=blub>))',
    ],
    ['a * ignoring(BY, Offset,) b', '(<__name__=a> * ignoring[BY,Offset] <__name__=b>)'],
    ['foo:bar{a!=\'x\', b=~`.+`, c!~"y",}', '<a!=x,b=~.+,c!~y,__name__=foo:bar>'],
    ['{"my.metric", "my.label"="\\x41\\u00e9\\n"}', '<__name__=my.metric,my.label=Aé\n>'],
    ['sum{by="1"}', '<by=1,__name__=sum>'],
    ['Offset offset 5m', '<__name__=Offset> offset 300000'],
    ['foo offset -1w', '<__name__=foo> offset -604800000'],
    ['foo[5m30s] @ 2.345 offset 10', '<__name__=foo>[330000] offset 10000 @ {"ms":2345}'],
    ['foo @ start()', '<__name__=foo> @ start'],
    [
      'rate(foo[5m])[1h:1m] @ end() offset 1m',
      'rate(<__name__=foo>[300000])[3600000:60000] offset 60000 @ end',
    ],
    ['foo[4.018:]', '<__name__=foo>[4018:0]'],
    ['SUM BY (a, b,) (foo)', 'sum by[a,b](<__name__=foo>)'],
    ['sum(foo) without (a)', 'sum without[a](<__name__=foo>)'],
    ['topk(5, foo)', 'topk(5, <__name__=foo>)'],
    ['count_values("x", foo)', 'count_values("x", <__name__=foo>)'],
    ['time() # now', 'time()'],
    ['label_join(foo, "a", "-", "b", "c")', 'label_join(<__name__=foo>, "a", "-", "b", "c")'],
  ])('reads %s', (text, expected) => {
    expect(shape(parse(text))).toBe(expected)
  })

  it.each([
    ['1', 'scalar'],
    ['"a"', 'string'],
    ['1 + scalar(foo)', 'scalar'],
    ['1 + foo', 'instant vector'],
    ['(foo[5m])', 'range vector'],
    ['sum(foo)', 'instant vector'],
  ])('gives %s the type %s', (text, type) => {
    expect(typeOf(parse(text))).toBe(type)
  })

  it.each([
    // The places and words are those that upstream's own parser test has.
    ['', '1:1', 'no expression found in input'],
    ['# just a comment\n\n', '1:1', 'no expression found in input'],
    ['1+', '1:3', 'unexpected end of input'],
    ['.', '1:1', "unexpected character: '.'"],
    ['2.5.', '1:1', 'bad number or duration syntax: "2.5."'],
    ['100..4', '1:1', 'bad number or duration syntax: "100.."'],
    ['0deadbeef', '1:1', 'bad number or duration syntax: "0de"'],
    ['*1', '1:1', 'unexpected <op:*>'],
    ['(1))', '1:5', "unexpected right parenthesis ')'"],
    ['((1)', '1:5', 'unclosed left parenthesis'],
    ['(', '1:2', 'unclosed left parenthesis'],
    ['1 and 1', '1:1', 'set operator "and" not allowed in binary scalar expression'],
    ['1 == 1', '1:3', 'comparisons between scalars must use BOOL modifier'],
    ['1 !~ 1', '1:3', "unexpected character after '!': '~'"],
    ['1 =~ 1', '1:3', "unexpected character after '=': '~'"],
    [
      '-"string"',
      '1:1',
      'unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    [
      '-test[5m]',
      '1:1',
      'unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['@@', '1:1', 'unexpected <op:@>'],
    [
      '1 offset 1d',
      '1:1',
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['foo offset 1s offset 2s', '1:1', 'offset may not be set multiple times'],
    ['a - on(b) ignoring(c) d', '1:11', 'unexpected <ignoring>'],
    ['{', '1:2', 'unexpected end of input inside braces'],
    ['}', '1:1', "unexpected character: '}'"],
    ['some}', '1:5', "unexpected character: '}'"],
    ['some_metric{a=b}', '1:15', 'unexpected identifier "b" in label matching, expected string'],
    ['some_metric{a:b="b"}', '1:14', "unexpected character inside braces: ':'"],
    ['foo{a>="b"}', '1:6', "unexpected character inside braces: '>'"],
    ['foo{gibberish}', '1:14', 'unexpected "}" in label matching, expected label matching operator'],
    ['{x=~".*"}', '1:1', 'vector selector must contain at least one non-empty matcher'],
    ['foo{__name__="bar"}', '1:1', 'metric name must not be set twice: "foo" or "bar"'],
    ['foo{__name__= =}', '1:15', 'unexpected "=" in label matching, expected string'],
    ['foo{,}', '1:5', 'unexpected "," in label matching, expected identifier or "}"'],
    ['foo{__name__="bar" lol}', '1:20', 'unexpected identifier "lol" in label matching, expected "," or "}"'],
    ['foo[5mm]', '1:5', 'bad number or duration syntax: "5mm"'],
    ['foo[5m:1m1]', '1:8', 'bad number or duration syntax: "1m1"'],
    ['foo[5y1hs]', '1:5', 'unknown unit "hs" in duration "5y1hs"'],
    ['foo[5m1h]', '1:5', 'not a valid duration string: "5m1h"'],
    ['foo[0m]', '1:5', 'duration must be greater than 0'],
    ['foo[-1]', '1:5', 'duration must be greater than 0'],
    ['foo["5m"]', '1:5', "unexpected character in duration expression: '\"'"],
    [
      'foo[]',
      '1:5',
      'unexpected "]" in subquery or range selector, expected number, duration, step(), or range()',
    ],
    [
      'some_metric[5m] OFFSET',
      '1:23',
      'unexpected end of input in offset, expected number, duration, step(), or range()',
    ],
    ['some_metric OFFSET 1m[5m]', '1:22', 'no offset modifiers allowed before range'],
    ['count(count{job="artipie"} by{job="artipie"} (a))', '1:28', 'unexpected <by> in aggregation'],
    ['sum(a) by{b}', '1:10', 'unexpected "{" in grouping opts, expected "("'],
    // These follow from the same rules.
    ['foo\n  + bar baz', '2:9', 'unexpected identifier "baz"'],
    ['foo{a="b', '1:7', 'unterminated quoted string'],
    ['nothing(1)', '1:1', 'unknown function with name "nothing"'],
    ['rate(foo)', '1:6', 'expected type range vector in call to function "rate", got instant vector'],
    ['rate()', '1:1', 'expected 1 argument(s) in call to "rate", got 0'],
    ['round(foo, 1, 2)', '1:1', 'expected at most 2 argument(s) in call to "round", got 3'],
    ['label_join(foo, "a")', '1:1', 'expected at least 3 argument(s) in call to "label_join", got 2'],
    ['sum(foo,)', '1:8', 'trailing commas not allowed in function call args'],
    ['sum(foo[5m])', '1:5', 'expected type instant vector in aggregation expression, got range vector'],
    ['topk(foo)', '1:1', 'wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['foo[5m][5m]', '1:8', 'ranges only allowed for vector selectors'],
    ['foo[5m][5m:]', '1:1', 'subquery is only allowed on instant vector, got range vector instead'],
    ['1 + on(a) foo', '1:1', 'vector matching only allowed between instant vectors'],
    ['foo + bool bar', '1:7', 'bool modifier can only be used on comparison operators'],
    ['a and on(x) group_left b', '1:13', 'no grouping allowed for "and" operation'],
    ['a + on(x) group_left(x) b', '1:11', 'label "x" must not occur in ON and GROUP clause at once'],
    ['foo{a=~"("}', '1:5', 'error parsing regexp: missing closing ): `(`'],
    ['mad_over_time(foo[5m])', '1:1', 'function "mad_over_time" is not enabled'],
    ['foo[5m + 1m]', '1:8', 'experimental duration expression is not enabled'],
    ['rate(foo[5m] smoothed)', '1:14', 'smoothed modifier is experimental and not enabled'],
    ['a + fill(0) b', '1:5', 'binop fill modifiers are experimental and not enabled'],
    ['limitk(1, foo)', '1:1', 'limitk() is experimental and not enabled'],
  ])('refuses %j at %s: %s', (text, position, reason) => {
    expect(() => parse(text)).toThrow(`${position}: parse error: ${reason}`)
  })

  it('refuses what is nested too deeply instead of running out of stack', () => {
    expect(() => parse('('.repeat(5000) + '1' + ')'.repeat(5000))).toThrow(/nested deeper/)
    expect(() => parse('-'.repeat(100_000) + '1')).toThrow(/nested deeper/)
  })

  it('allows experimental functions when asked to', () => {
    expect(shape(parse('mad_over_time(foo[5m])', { experimentalFunctions: true }))).toContain('mad_over_time')
  })
})
