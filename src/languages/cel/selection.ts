import { EvaluationError, noSuchOverload } from './cel-error.ts'
import { List, Mapping, Optional, Uint, type Value } from './value.ts'

/** `value.field`; of an optional, an optional. Throws EvaluationError. */
export function selectField(value: Value, field: string): Value {
  if (value instanceof Mapping) {
    const found = value.get(field)
    if (found === undefined) throw new EvaluationError(`no such key: ${field}`)
    return found
  }
  if (value instanceof Optional) return selectOptional(value, field)
  throw noSuchOverload()
}

/** `value[key]`. Throws EvaluationError. */
export function selectIndex(value: Value, key: Value): Value {
  if (value instanceof Optional) return selectOptional(value, key)
  if (value instanceof Mapping) {
    const found = value.get(key)
    if (found === undefined) throw new EvaluationError(`no such key: ${shown(key)}`)
    return found
  }
  if (!(value instanceof List)) throw noSuchOverload()
  const index = indexOf(key)
  if (index === undefined) throw new EvaluationError(`unsupported index type in list`)
  if (index < 0 || index >= value.size) throw new EvaluationError(`index out of bounds: ${shown(key)}`)
  return value.at(index)
}

/** `value[?key]` and `value.?key`: an optional, empty where there is no such element. */
export function selectOptional(value: Value, key: Value): Optional {
  const holder = value instanceof Optional ? value.value : value
  if (holder === undefined) return Optional.none
  const found = elementOf(holder, key)
  return found === undefined ? Optional.none : new Optional(found)
}

function elementOf(holder: Value, key: Value): Value | undefined {
  if (holder instanceof Mapping) return holder.get(key)
  if (!(holder instanceof List)) throw noSuchOverload()
  const index = indexOf(key)
  return index === undefined || index < 0 || index >= holder.size ? undefined : holder.at(index)
}

function indexOf(key: Value): number | undefined {
  if (typeof key === 'bigint') return Number(key)
  if (key instanceof Uint) return Number(key.value)
  return typeof key === 'number' && Number.isInteger(key) ? key : undefined
}

const shown = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key))
