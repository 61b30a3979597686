import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { formatDuration, formatTimestamp, localDate, parseDuration, parseTimestamp, parts } from '../time.ts'
import {
  characters,
  Duration,
  type List,
  type Mapping,
  type Timestamp,
  TypeValue,
  typeNameOf,
  type Uint,
  type Value,
} from '../value.ts'
import { int, timestamp, uint } from './arithmetic.ts'

/** What a text was read as; texts that cannot be read all get the same error, whatever is wrong with them. */
function parsed<T>(value: T | undefined, type: string): T {
  if (value === undefined) throw new EvaluationError(`type conversion error from 'string' to '${type}'`)
  return value
}

function wholeNumber(value: number): bigint {
  if (!Number.isFinite(value)) throw new EvaluationError('integer overflow')
  return BigInt(Math.trunc(value))
}

const MIN_INT = -(2n ** 63n)
const MAX_INT = 2n ** 63n - 1n
const MAX_UINT = 2n ** 64n - 1n

function intOf(text: string): bigint {
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined
  return parsed(value !== undefined && value >= MIN_INT && value <= MAX_INT ? value : undefined, 'int')
}

function uintOf(text: string): Uint {
  const value = /^\d+$/.test(text) ? BigInt(text) : undefined
  return parsed(value !== undefined && value <= MAX_UINT ? uint(value) : undefined, 'uint')
}

function doubleOf(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special)
    return /nan/i.test(text)
      ? Number.NaN
      : special[1] === '-'
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))
  return parsed(isNumber ? Number(text) : undefined, 'double')
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(text => [text, false] as const),
])

/** Go's shortest form of a double (`%g`). */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const size = Math.abs(value)
  if (Object.is(value, -0)) return '-0'
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value).replace(/e-(\d)$/, 'e-0$1')
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string', { cause: error })
  }
}

/** Sizes, conversions between types, and the calendar. */
export const conversions: readonly Overload[] = [
  ...['', '::'].flatMap(style =>
    [
      ['string', (text: string) => BigInt(characters(text))],
      ['bytes', (bytes: Uint8Array) => BigInt(bytes.length)],
      ['list', (list: List) => BigInt(list.size)],
      ['map', (map: Mapping) => BigInt(map.size)],
    ].map(([name, call]) => {
      const type = { list: 'list(A)', map: 'map(A, B)' }[name as string] ?? name
      const signature = style === '' ? `size(${type}): int` : `${type}::size(): int`
      return overload(style === '' ? `size_${name}` : `${name}_size`, signature, call as () => Value)
    }),
  ),
  overload('type', 'type(A): type(A)', (value: Value) => new TypeValue(typeNameOf(value))),
  overload('to_dyn', 'dyn(A): dyn', (value: Value) => value),
  overload('bool_to_bool', 'bool(bool): bool', (value: boolean) => value),
  overload('string_to_bool', 'bool(string): bool', (text: string) => parsed(booleans.get(text), 'bool')),
  overload('bytes_to_bytes', 'bytes(bytes): bytes', (bytes: Uint8Array) => bytes),
  overload('string_to_bytes', 'bytes(string): bytes', (text: string) => new TextEncoder().encode(text)),
  overload('double_to_double', 'double(double): double', (value: number) => value),
  overload('int64_to_double', 'double(int): double', (value: bigint) => Number(value)),
  overload('uint64_to_double', 'double(uint): double', ({ value }: Uint) => Number(value)),
  overload('string_to_double', 'double(string): double', doubleOf),
  overload('int64_to_int64', 'int(int): int', (value: bigint) => value),
  overload('uint64_to_int64', 'int(uint): int', ({ value }: Uint) => int(value)),
  overload('double_to_int64', 'int(double): int', (value: number) => int(wholeNumber(value))),
  overload('string_to_int64', 'int(string): int', intOf),
  overload('timestamp_to_int64', 'int(timestamp): int', ({ nanoseconds }: Timestamp) =>
    BigInt(parts(nanoseconds)[0]),
  ),
  overload('duration_to_int64', 'int(duration): int', ({ nanoseconds }: Duration) => nanoseconds),
  overload('uint64_to_uint64', 'uint(uint): uint', (value: Uint) => value),
  overload('int64_to_uint64', 'uint(int): uint', (value: bigint) => uint(value)),
  overload('double_to_uint64', 'uint(double): uint', (value: number) => uint(wholeNumber(value))),
  overload('string_to_uint64', 'uint(string): uint', uintOf),
  overload('string_to_string', 'string(string): string', (text: string) => text),
  overload('bool_to_string', 'string(bool): string', (value: boolean) => String(value)),
  overload('int64_to_string', 'string(int): string', (value: bigint) => String(value)),
  overload('uint64_to_string', 'string(uint): string', ({ value }: Uint) => String(value)),
  overload('double_to_string', 'string(double): string', formatDouble),
  overload('bytes_to_string', 'string(bytes): string', decodeText),
  overload('timestamp_to_string', 'string(timestamp): string', formatTimestamp),
  overload('duration_to_string', 'string(duration): string', formatDuration),
  overload('timestamp_to_timestamp', 'timestamp(timestamp): timestamp', (value: Timestamp) => value),
  overload('string_to_timestamp', 'timestamp(string): timestamp', (text: string) =>
    parsed(parseTimestamp(text), 'google.protobuf.Timestamp'),
  ),
  overload('int64_to_timestamp', 'timestamp(int): timestamp', (seconds: bigint) =>
    timestamp(seconds * 1_000_000_000n),
  ),
  overload('duration_to_duration', 'duration(duration): duration', (value: Duration) => value),
  overload('string_to_duration', 'duration(string): duration', (text: string) =>
    parsed(parseDuration(text), 'google.protobuf.Duration'),
  ),
  overload(
    'int64_to_duration',
    'duration(int): duration',
    (nanoseconds: bigint) => new Duration(nanoseconds),
  ),
  ...calendar(),
]

const DAY_MS = 86_400_000

function calendar(): Overload[] {
  const fields: Readonly<Record<string, (date: Date, nanoseconds: number) => number>> = {
    getFullYear: date => date.getUTCFullYear(),
    getMonth: date => date.getUTCMonth(),
    getDayOfYear: date => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS),
    getDayOfMonth: date => date.getUTCDate() - 1,
    getDate: date => date.getUTCDate(),
    getDayOfWeek: date => date.getUTCDay(),
    getHours: date => date.getUTCHours(),
    getMinutes: date => date.getUTCMinutes(),
    getSeconds: date => date.getUTCSeconds(),
    getMilliseconds: (_date, nanoseconds) => Math.floor(nanoseconds / 1_000_000),
  }
  const spans: Readonly<Record<string, bigint>> = {
    getHours: 3_600_000_000_000n,
    getMinutes: 60_000_000_000n,
    getSeconds: 1_000_000_000n,
    getMilliseconds: 1_000_000n,
  }
  const durations = Object.entries(spans).map(([name, unit]) =>
    overload(
      `duration_to_${name}`,
      `duration::${name}(): int`,
      (value: Duration) => value.nanoseconds / unit,
    ),
  )
  const times = Object.entries(fields).flatMap(([name, field]) => {
    const at = (value: Timestamp, zone: string) =>
      BigInt(field(localDate(value, zone), parts(value.nanoseconds)[1]))
    return [
      overload(`timestamp_to_${name}`, `timestamp::${name}(): int`, (value: Timestamp) => at(value, 'UTC')),
      overload(`timestamp_to_${name}_with_tz`, `timestamp::${name}(string): int`, at),
    ]
  })
  return [...durations, ...times]
}
