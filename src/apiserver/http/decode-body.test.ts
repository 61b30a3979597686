import { describe, expect, it } from 'vitest'
import { decodeBody } from './decode-body.ts'

const decoded = (text: string | Buffer, type: string) => decodeBody(Buffer.from(text), type, {})

describe('decodeBody', () => {
  const bomb = `a0: &a0 [1]\n${Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]\n`).join('')}`
  it.each([
    ['an alias without its anchor', 'a: *b\n', 'application/yaml', 'error parsing YAML: Unresolved alias'],
    ['more aliases than anybody writes', bomb, 'application/apply-patch+yaml', 'error parsing YAML: '],
    ['nested flow', `x: ${'['.repeat(100_000)}`, 'application/yaml', 'nested deeper than 512 levels'],
    ['nested lists', '- '.repeat(100_000), 'application/yaml', 'nested deeper than 512 levels'],
    ['nested keys', '? '.repeat(100_000), 'application/yaml', 'nested deeper than 512 levels'],
    ['infinity', 'spec: {n: .inf}', 'application/yaml', 'unsupported value: Infinity'],
    ['a number without measure', '{"n":1e999}', 'application/json', 'number 1e999 is out of range'],
    ['half of a letter', Buffer.from([0x22, 0xc3, 0x22]), 'application/json', 'is not valid UTF-8'],
    ['JSON without an end', '{"a":', 'application/json', 'json parse error'],
  ])('refuses %s with 400', (_, text, type, message) =>
    expect(decoded(text, type)).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(message),
    }),
  )

  it('reads what looks like JSON and is YAML', async () => {
    const { value } = await decoded('{\n\t"a": [{"b": 1,}],\n}', 'application/apply-patch+yaml')
    expect(value).toEqual({ a: [{ b: 1 }] })
  })

  it('leaves dates and the like in YAML as they are written', async () => {
    const { value } = await decoded(
      'd: 2020-01-01\nt: 12:30\nb: !!binary aGk=\nm: 0644\nf: false\n',
      'application/yaml',
    )
    expect(value).toEqual({ d: '2020-01-01', t: '12:30', b: 'aGk=', m: 420, f: false })
  })
})
