import { copyJson, setOwn } from '../copy.ts'
import { isJsonObject, type Json } from '../schema/schema.ts'

/** Applies a JSON merge patch (RFC 7386); the result shares nothing with its inputs. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return copyJson(patch)
  const result: Json = isJsonObject(document) ? copyJson(document) : {}
  merge(result, patch)
  return result
}

function merge(target: Json, patch: Json): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key]
    else if (isJsonObject(value)) {
      const child = Object.hasOwn(target, key) && isJsonObject(target[key]) ? target[key] : {}
      merge(child, value)
      setOwn(target, key, child)
    } else setOwn(target, key, copyJson(value))
  }
}
