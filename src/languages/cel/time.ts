import { EvaluationError } from './cel-error.ts'
import { Duration, Timestamp } from './value.ts'

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const MAX_DURATION = 2n ** 63n - 1n
const SECOND = 1_000_000_000n

/** A duration as Go writes it, such as `1h30m` or `-1.5s`; undefined for what is none or is too long. */
export function parseDuration(text: string): Duration | undefined {
  const whole = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text)
  if (!whole) return undefined
  let nanoseconds = 0n
  for (const [, count = '', unit = ''] of (whole[2] ?? '').matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [integer = '', fraction = ''] = count.split('.')
    const scale = units[unit] ?? 1n
    nanoseconds += BigInt(integer || '0') * scale
    if (fraction !== '') nanoseconds += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length)
  }
  if (nanoseconds > MAX_DURATION) return undefined
  return new Duration(whole[1] === '-' ? -nanoseconds : nanoseconds)
}

/** `5400s`, as CEL writes durations. */
export function formatDuration({ nanoseconds }: Duration): string {
  return `${decimal(nanoseconds)}s`
}

function decimal(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : ''
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = String(size % SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${sign}${size / SECOND}${fraction === '' ? '' : `.${fraction}`}`
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/

/** A point in time in RFC 3339; undefined for what is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] =
    match
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const isReal =
    date.getUTCMonth() === Number(month) - 1 &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60
  if (!isReal || Number(year) < 1) return undefined
  const [zoneHours, zoneMinutes] = zone === 'Z' ? [0, 0] : zone.slice(1).split(':').map(Number)
  const offset = ((zoneHours ?? 0) * 60 + (zoneMinutes ?? 0)) * 60 * (zone.startsWith('-') ? -1 : 1)
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset
  const nanoseconds = BigInt(fraction.slice(0, 9).padEnd(9, '0') || '0')
  return new Timestamp(BigInt(seconds) * SECOND + nanoseconds, zone)
}

/** `2024-01-02T03:04:05.5Z`. */
export function formatTimestamp(timestamp: Timestamp): string {
  const { nanoseconds, zone } = timestamp
  const date = zone === 'Z' ? new Date(parts(nanoseconds)[0] * 1000) : localDate(timestamp, zone)
  const rest = parts(nanoseconds)[1]
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`
  return `${year}-${date.toISOString().slice(-19, -5)}${fraction}${zone}`
}

/** Whole seconds since 1970, and nanoseconds beyond. */
export function parts(nanoseconds: bigint): readonly [seconds: number, nanoseconds: number] {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND
  return [Number((nanoseconds - rest) / SECOND), Number(rest)]
}

/**
 * The calendar fields of a point in time, in a zone: a name of the IANA database, or an offset such as `-08:00`.
 * The date's UTC getters yield the local fields. Throws EvaluationError for an unknown zone.
 */
export function localDate({ nanoseconds }: Timestamp, zone: string): Date {
  const milliseconds = parts(nanoseconds)[0] * 1000
  const offset = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone)
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1)
    return new Date(milliseconds + minutes * 60_000)
  }
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const fields = new Map(format.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]))
    const of = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0
    return new Date(Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')))
  } catch (error) {
    throw new EvaluationError(`unknown time zone ${zone}`, { cause: error })
  }
}
