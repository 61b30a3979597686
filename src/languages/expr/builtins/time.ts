import { OperationError } from '../expr-error.ts'
import { Duration, format, Instant, typeName, type Value } from '../value.ts'
import { type Builtin, builtin, text } from './builtin.ts'

const unitsMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const whole = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/
const piece = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/** Reads what Go's time.ParseDuration does; undefined where that fails. Milliseconds. */
export function parseDuration(value: string): number | undefined {
  if (value === '0') return 0
  if (!whole.test(value)) return undefined
  const ms = [...value.matchAll(piece)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? ''] ?? 0),
    0,
  )
  return value.startsWith('-') ? -ms : ms
}

const dateOnly = /^\d{4}-\d{2}-\d{2}$/
const dateAndTime = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function parseDate(value: string): Instant {
  let iso: string | undefined
  if (rfc3339.test(value)) iso = value
  else if (dateOnly.test(value)) iso = `${value}T00:00:00Z`
  else if (dateAndTime.test(value)) iso = `${value.replace(' ', 'T')}Z`
  const ms = iso === undefined ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(ms)) throw new OperationError(`invalid date ${value}`)
  return new Instant(ms)
}

export const time: Record<string, Builtin> = {
  now: builtin(0, 0, (_, { now }) => new Instant(now())),
  duration: builtin(1, 1, args => {
    const value = text(args, 0, 'duration')
    const ms = parseDuration(value)
    if (ms === undefined) throw new OperationError(`time: invalid duration ${JSON.stringify(value)}`)
    return new Duration(ms)
  }),
  date: builtin(1, 1, args => parseDate(text(args, 0, 'date'))),
}

const weekday = (date: Date): bigint => BigInt(date.getUTCDay())
const instantMethods: Record<string, (date: Date, args: readonly Value[]) => Value> = {
  Year: date => BigInt(date.getUTCFullYear()),
  Month: date => BigInt(date.getUTCMonth() + 1),
  Day: date => BigInt(date.getUTCDate()),
  Hour: date => BigInt(date.getUTCHours()),
  Minute: date => BigInt(date.getUTCMinutes()),
  Second: date => BigInt(date.getUTCSeconds()),
  Weekday: weekday,
  Unix: date => BigInt(Math.floor(date.getTime() / 1000)),
  UnixMilli: date => BigInt(date.getTime()),
  String: date => format(new Instant(date.getTime())),
  Add: (date, args) => new Instant(date.getTime() + given(args, Duration, 'Add').ms),
  Sub: (date, args) => new Duration(date.getTime() - given(args, Instant, 'Sub').ms),
  Before: (date, args) => date.getTime() < given(args, Instant, 'Before').ms,
  After: (date, args) => date.getTime() > given(args, Instant, 'After').ms,
}
const durationMethods: Record<string, (ms: number) => Value> = {
  Milliseconds: ms => BigInt(Math.trunc(ms)),
  Seconds: ms => ms / 1000,
  Minutes: ms => ms / 60_000,
  Hours: ms => ms / 3_600_000,
}

function given<T extends Instant | Duration>(
  args: readonly Value[],
  type: new (ms: number) => T,
  name: string,
): T {
  const [arg = null] = args
  if (!(arg instanceof type))
    throw new OperationError(`cannot use ${typeName(arg)} as argument to call ${name}`)
  return arg
}

/** Calls a method of a time or a duration, the only values that have any. */
export function callMethod(object: Value, name: string, args: readonly Value[]): Value {
  const instant = object instanceof Instant ? instantMethods[name] : undefined
  if (instant && object instanceof Instant) return instant(new Date(object.ms), args)
  const duration = object instanceof Duration ? durationMethods[name] : undefined
  if (duration && object instanceof Duration) return duration(object.ms)
  throw new OperationError(`${typeName(object)} has no method ${name}`)
}
