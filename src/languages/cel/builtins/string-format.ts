import { EvaluationError } from '../cel-error.ts'
import { formatDuration, formatTimestamp } from '../time.ts'
import { Duration, List, Mapping, Timestamp, TypeValue, typeNameOf, Uint, type Value } from '../value.ts'
import { formatDouble } from './conversions.ts'

/** `'%s has %d'.format([a, b])` with the clauses s, d, f, e, b, o, x and X. Throws EvaluationError. */
export function formatText(template: string, values: List): string {
  let index = 0
  const result = template.replace(
    /%(?:%|(?:\.(\d+))?([a-zA-Z]?))/g,
    (whole, precision?: string, verb?: string) => {
      if (whole === '%%') return '%'
      if (index >= values.size) throw new EvaluationError(`index ${index} out of range`)
      const value = values.at(index++)
      return clause(verb ?? '', value, precision === undefined ? undefined : Number(precision))
    },
  )
  return result
}

function clause(verb: string, value: Value, precision: number | undefined): string {
  switch (verb) {
    case 's':
      return shown(value)
    case 'd':
      return decimal(value)
    case 'f':
      return floating(value, number => number.toFixed(Math.min(precision ?? 6, 100)))
    case 'e':
      return floating(value, number => scientific(number, precision ?? 6))
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : whole(value, 'binary').toString(2)
    case 'o':
      return whole(value, 'octal').toString(8)
    case 'x':
      return hexadecimal(value)
    case 'X':
      return hexadecimal(value).toUpperCase()
    default:
      throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
  }
}

const wrongClause = (word: string, value: Value) =>
  new EvaluationError(
    `error during formatting: ${word} clause can only be used on numbers, was given ${typeNameOf(value)}`,
  )

function decimal(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (typeof value === 'number') return formatDouble(value)
  throw wrongClause('decimal', value)
}

function floating(value: Value, format: (number: number) => string): string {
  const number =
    typeof value === 'bigint' ? Number(value) : value instanceof Uint ? Number(value.value) : value
  if (typeof number !== 'number') throw wrongClause('fixed-point', value)
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? 'Infinity' : '-Infinity'
  return format(number)
}

/** `3.14×10⁰⁰`: version 2 of the extension writes exponents in the manner of books. */
function scientific(number: number, precision: number): string {
  const [mantissa = '', exponent = ''] = number.toExponential(Math.min(precision, 100)).split('e')
  const digits = exponent.slice(1).padStart(2, '0')
  const raised = [...digits].map(digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${raised}`
}

function whole(value: Value, word: string): bigint {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return value.value
  throw new EvaluationError(
    `error during formatting: only integers can be formatted as ${word}, was given ${typeNameOf(value)}`,
  )
}

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : whole(value, 'hex').toString(16)
}

function shown(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof List) return `[${value.toArray().map(shown).join(', ')}]`
  if (value instanceof Mapping) {
    const entries = value.keys().map(key => `${shown(key)}: ${shown(value.get(key) ?? null)}`)
    return `{${entries.sort().join(', ')}}`
  }
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof TypeValue) return value.name
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint) return decimal(value)
  throw new EvaluationError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  )
}
