import type { Schema } from '../schema/schema.ts'

/** A name in quotes may have escapes. */
const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
}

/**
 * A rule's fieldPath (`.spec.a['b.c']`) as errors write paths; undefined where it names no field of the schema.
 * Only fields and keys of maps can be named.
 */
export function normalizeFieldPath(path: string, schema: Schema): string | undefined {
  let rest = path
  let current: Schema | undefined = schema
  let result = ''
  while (rest !== '') {
    const match: RegExpExecArray | null = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\])/.exec(rest)
    if (!match || !current) return undefined
    rest = rest.slice(match[0].length)
    const name: string =
      match[1] ?? (match[2] ?? '').replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
    const { properties, additionalProperties }: Schema = current
    if (properties) {
      if (!Object.hasOwn(properties, name)) return undefined
      current = properties[name]
      result += result === '' ? name : `.${name}`
    } else if (typeof additionalProperties === 'object') {
      current = additionalProperties
      result += `[${name}]`
    } else return undefined
  }
  return result === '' ? undefined : result
}
