import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyDefaults } from '../defaults/apply-defaults.ts'
import type { KubeObject } from '../object.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { builtinSchema } from '../schema/builtin.ts'
import { dropZeros } from '../schema/go-form.ts'
import { validateObject } from './validate-object.ts'

// What kube-apiserver 1.36.3 says of objects that are whole but for one field. A line of the fixture is a whole object,
// or a row: the object's name, the path of the field, what is refused, and the value that the field has instead (none
// where it is missing).

type Row = [base: string, path: string, refused: string[], value?: unknown]
const lines = readFileSync(new URL('fixtures/refusals.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Row | { base: string; object: KubeObject })
const rows = lines.filter(line => Array.isArray(line))
const bases = new Map(lines.flatMap(line => (Array.isArray(line) ? [] : [[line.base, line.object] as const])))

function changed(base: KubeObject, path: string, value: unknown): KubeObject {
  const object = structuredClone(base)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let parent: unknown = object
  for (const key of keys) parent = (parent as Record<string, unknown>)[key]
  if (value !== undefined) Object.assign(parent as object, { [last]: value })
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete (parent as Record<string, unknown>)[last]
  return object
}

function refusals(object: KubeObject): string[] {
  const [version = '', group = ''] = object.apiVersion.split('/').reverse()
  const kind = { group, version, kind: object.kind }
  const schema = builtinSchema(group, version, object.kind)
  if (schema) dropZeros(schema, object)
  applyDefaults(kind, object)
  return validateObject({ ...kind, namespaced: object.metadata.namespace !== undefined }, object).map(
    fieldErrorMessage,
  )
}

describe('refusals', () => {
  it.each(rows)('%s %s', (base, path, refused, value) => {
    const object = bases.get(base)
    if (!object) throw new Error(`no base ${base}`)
    expect(refusals(changed(object, path, value)).sort()).toEqual([...refused].sort())
  })
})
