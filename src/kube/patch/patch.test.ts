import { describe, expect, it } from 'vitest'
import { builtinSchema } from '../schema/builtin.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

describe('applyJsonPatch', () => {
  it.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/-1', value: 3 }], { a: [1, 2, 3] }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/01' }], { a: [1] }],
    [{ a: 1 }, [{ op: 'copy', from: '/b', path: '/c' }], { a: 1, c: null }],
    [{ 'x/y': { '~': 1 } }, [{ op: 'replace', path: '/x~1y/~0', value: 2 }], { 'x/y': { '~': 2 } }],
    [{ a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [{ a: { b: [1] } }, [{ op: 'test', path: '/a', value: { b: [1] } }], { a: { b: [1] } }],
    [{}, [{ op: 'test', path: '/a', value: null }], {}],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
  ])('%j + %j', (document, operations, expected) =>
    expect(applyJsonPatch(freeze(document), freeze(operations))).toEqual(expected),
  )
  it.each([
    [
      [{ op: 'replace', path: '/x', value: 1 }],
      422,
      'operation 0: replace operation does not apply: doc is missing key: /x',
    ],
    [[{ op: 'add', path: '/x/y', value: 1 }], 422, 'doc is missing path: /x'],
    [[{ op: 'test', path: '/a', value: 2 }], 422, 'testing value /a failed'],
    [[{ op: 'add', path: '/l/5', value: 1 }], 422, 'index 5 is out of bounds'],
    [[{ op: 'add', path: '/l/01', value: 1 }], 422, 'index 01 is out of bounds'],
    [[{ op: 'add', path: '/l/-2', value: 1 }], 422, 'index -2 is out of bounds'],
    [[{ op: 'add', path: '/l/x', value: 1 }], 422, '"x" is not an index'],
    [[{ op: 'move', from: '/l', path: '/l/0' }], 422, 'cannot be moved into itself'],
    [[{ op: 'noop', path: '/a' }], 400, 'unknown operation "noop"'],
    [[{ op: 'add', path: 'a', value: 1 }], 400, 'must be a JSON pointer'],
    [[{ op: 'add', path: '/a' }], 400, '"value" is missing'],
    [{}, 400, 'must be a list'],
    [[{ op: 'remove', path: '/a' }, 3], 400, 'operation 1 is not an object'],
  ])('%j is refused with %d', (operations, code, message) => {
    const run = () => applyJsonPatch({ a: 1, l: [] }, operations)
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code }))
  })

  it('does not let copies of copies fill the memory, nor nest without end', () => {
    const doubling = Array.from({ length: 30 }, (_, turn) => ({ op: 'copy', from: '/a', path: `/a/${turn}` }))
    expect(() => applyJsonPatch({ a: { x: 'x'.repeat(1000) } }, doubling)).toThrow(
      expect.objectContaining({
        code: 413,
        message: expect.stringContaining('exceeding the limit 3145728'),
      }),
    )
    const inward = Array.from({ length: 10 }, (_, turn) => ({
      op: 'copy',
      from: '/x',
      path: '/x'.repeat(2 ** turn + 1),
    }))
    expect(() => applyJsonPatch({ x: {} }, inward)).toThrow(
      expect.objectContaining({ code: 400, message: expect.stringContaining('nested deeper than 512') }),
    )
  })
})

describe('applyMergePatch', () => {
  // The table of RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j', (document, patch, expected) =>
    expect(applyMergePatch(freeze(document), freeze(patch))).toEqual(expected),
  )
})

describe('applyStrategicMergePatch', () => {
  const schema = builtinSchema('', 'v1', 'Pod')
  const pod = (...containers: object[]) => ({ spec: { containers } })
  const a = { name: 'a', image: 'a:1' }
  const b = { name: 'b', image: 'b:1' }
  const c = { name: 'c', image: 'c:1' }
  it.each([
    ['merges by key', pod(a, b), pod({ name: 'a', image: 'a:2' }), pod({ ...a, image: 'a:2' }, b)],
    ['puts a new item first', pod(a), pod(b), pod(b, a)],
    ['deletes by key', pod(a, b), pod({ name: 'a', $patch: 'delete' }), pod(b)],
    ['replaces a list', pod(a, b), pod(c, { $patch: 'replace' }), pod(c)],
    [
      'orders by directive',
      pod(a, b),
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
          containers: [c],
        },
      },
      pod(b, c, a),
    ],
    [
      'keeps items of the server that the order does not name',
      pod(a, b, c),
      { spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] } },
      pod(b, c, a),
    ],
    [
      'removes a key with null',
      { metadata: { labels: { x: '1', y: '2' } } },
      { metadata: { labels: { x: null } } },
      { metadata: { labels: { y: '2' } } },
    ],
    [
      'replaces a map',
      { metadata: { labels: { x: '1' } } },
      { metadata: { labels: { $patch: 'replace', y: '2' } } },
      { metadata: { labels: { y: '2' } } },
    ],
    [
      'empties a map',
      { metadata: { labels: { x: '1' } } },
      { metadata: { labels: { $patch: 'delete' } } },
      { metadata: { labels: {} } },
    ],
    [
      'merges scalars',
      { metadata: { finalizers: ['x', 'y'] } },
      { metadata: { finalizers: ['z', 'x'] } },
      { metadata: { finalizers: ['z', 'x', 'y'] } },
    ],
    [
      'deletes scalars',
      { metadata: { finalizers: ['x', 'y'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'], '$setElementOrder/finalizers': ['y'] } },
      { metadata: { finalizers: ['y'] } },
    ],
    [
      'retains keys',
      { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }] } },
      { spec: { volumes: [{ name: 'v', configMap: { name: 'm' } }] } },
    ],
    [
      'replaces atomic lists',
      pod({ ...a, args: ['x'] }),
      pod({ name: 'a', args: ['y'] }),
      pod({ ...a, args: ['y'] }),
    ],
    [
      'drops nulls of new values',
      {},
      pod({ name: 'a', image: null, env: [{ name: 'A', $patch: 'delete' }] }),
      pod({ name: 'a', env: [] }),
    ],
    [
      'replaces lists that have no strategy',
      { spec: { tolerations: [{ key: 'x' }] } },
      { spec: { tolerations: [{ key: 'y' }] } },
      { spec: { tolerations: [{ key: 'y' }] } },
    ],
  ])('%s', (_, document, patch, expected) =>
    expect(applyStrategicMergePatch(freeze(document), freeze(patch), schema)).toEqual(expected),
  )
  it.each([
    [pod({ image: 'x' }), 'does not contain declared merge key: name'],
    [pod({ name: 'a', $patch: 'explode' }), 'unknown patch type: explode in map: map[$patch:explode name:a]'],
    [{ $patch: 3 }, 'unknown patch type: %!s(int64=3) in map: map[$patch:3]'],
    [
      { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [c] } },
      "doesn't match $setElementOrder list:\n[map[name:a]]\n",
    ],
    [
      { spec: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] } },
      'invalid patch format of retainKeys',
    ],
    ['x', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
  ])('refuses %j', (patch, message) => {
    const document = { spec: { containers: [a], volumes: [{ name: 'v' }] } }
    expect(() => applyStrategicMergePatch(document, patch, schema)).toThrow(message)
  })
  it('leaves prototypes alone', () => {
    const patch: unknown = JSON.parse('{"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1}}}')
    applyStrategicMergePatch({ metadata: {} }, patch, schema)
    applyMergePatch({ metadata: {} }, patch)
    expect({}).not.toHaveProperty('polluted')
  })
  it('take a key named __proto__ for any other', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1}}')
    expect(JSON.stringify(applyMergePatch({}, value))).toBe('{"__proto__":{"a":1}}')
    const operations = [{ op: 'add', path: '/__proto__', value: { a: 1 } }]
    const added = applyJsonPatch({}, operations)
    expect(JSON.stringify(added)).toBe('{"__proto__":{"a":1}}')
    expect(added).not.toHaveProperty('a')
  })
  it('goes through long lists once', () => {
    const schema = builtinSchema('', 'v1', 'Pod')
    const names = (count: number) => Array.from({ length: count }, (_, index) => `example.com/${index}`)
    const finalizers = names(60_000)
    const env = finalizers.map(name => ({ name, value: 'x' }))
    const patched = applyStrategicMergePatch(
      { metadata: { finalizers }, spec: { containers: [{ name: 'c', env }] } },
      { metadata: { finalizers: names(60_001) }, spec: { containers: [{ name: 'c', env }] } },
      schema,
    )
    expect(patched).toEqual({
      metadata: { finalizers: names(60_001) },
      spec: { containers: [{ name: 'c', env }] },
    })
  })

  it('merges service ports by port', () =>
    expect(
      applyStrategicMergePatch(
        { spec: { ports: [{ port: 80, name: 'http' }] } },
        { spec: { ports: [{ port: 80, targetPort: 'web' }] } },
        builtinSchema('', 'v1', 'Service'),
      ),
    ).toEqual({ spec: { ports: [{ port: 80, name: 'http', targetPort: 'web' }] } }))
})
