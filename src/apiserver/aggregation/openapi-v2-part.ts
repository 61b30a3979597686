import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { equalJson } from '../../kube/copy.ts'

const ROOT = '#/definitions/'

/** What of an OpenAPI 2 document is about paths with a prefix: those, and the definitions that they refer to. */
export function openapiV2Part({ paths, definitions }: Json, prefix: string): Json {
  const own = Object.fromEntries(Object.entries(asObject(paths)).filter(([path]) => path.startsWith(prefix)))
  const all = asObject(definitions)
  const needed: Json = {}
  const waiting = referencesIn(own)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in needed || !(name in all)) continue
    needed[name] = all[name]
    waiting.push(...referencesIn(all[name]))
  }
  return { paths: own, definitions: needed }
}

/**
 * A document with a part of another one. Paths that are there stay; a definition whose name means something else there
 * gets another name, as upstream's aggregator gives it: `NAME_v2`, and so on.
 */
export function withOpenapiV2Part(document: Json, part: Json): Json {
  const known = asObject(document.definitions)
  const names = new Map<string, string>()
  for (const [name, definition] of Object.entries(asObject(part.definitions)))
    if (name in known && !equalJson(known[name], definition)) names.set(name, freeName(name, known))
  const renamed = (value: unknown) => (names.size === 0 ? value : withNames(value, names))
  const definitions = Object.entries(asObject(part.definitions)).map(
    ([name, definition]) => [names.get(name) ?? name, renamed(definition)] as const,
  )
  return {
    ...document,
    paths: { ...asObject(renamed(part.paths)), ...asObject(document.paths) },
    definitions: { ...Object.fromEntries(definitions), ...known },
  }
}

function freeName(name: string, known: Json): string {
  for (let count = 2; ; count++) if (!(`${name}_v${count}` in known)) return `${name}_v${count}`
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' && inner.startsWith(ROOT)
      ? [inner.slice(ROOT.length)]
      : referencesIn(inner),
  )
}

function withNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map(item => withNames(item, names))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name =
        key === '$ref' && typeof inner === 'string' ? names.get(inner.slice(ROOT.length)) : undefined
      return [key, name === undefined ? withNames(inner, names) : ROOT + name]
    }),
  )
}

const asObject = (value: unknown): Json => (isJsonObject(value) ? value : {})
