import { isJsonObject } from './schema/schema.ts'

/** A JSON value's text with all keys in order: the same for values that `equalJson` takes for the same. */
export const sortedJson = (value: unknown): string => JSON.stringify(sorted(value))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}
