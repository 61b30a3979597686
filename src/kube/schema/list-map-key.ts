import type { Json, Schema } from './schema.ts'

/** Defaults that upstream's own schema has for keys of associative lists (only ports need them). */
const builtinKeyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

/** The key fields of one item of a list of type `map`; a key left out has the schema's default. */
export function listMapKey(list: Schema, keys: readonly string[], item: Json): Json {
  const key: Json = {}
  for (const name of keys) {
    const value = item[name] ?? keyDefault(list, name)
    if (value !== undefined && value !== null) key[name] = value
  }
  return key
}

function keyDefault(list: Schema, name: string): unknown {
  const declared = list.items?.properties?.[name]?.default
  if (declared !== undefined) return declared
  return list.builtin ? builtinKeyDefaults[name] : undefined
}
