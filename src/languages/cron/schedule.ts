import { parseDuration } from '../../lib/go-duration.ts'
import { CronError } from './cron-error.ts'
import { DAYS, type Field, HOURS, MINUTES, MONTHS, parseField, WEEKDAYS } from './field.ts'
import { type WallTime, Zone } from './zone.ts'

/** When something is due. */
export interface Schedule {
  /** The first due instant after this one, in milliseconds; undefined when there is none within five years. */
  next(after: number): number | undefined
}

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const EVERY = '@every '

/** Reads what upstream's library (robfig/cron's standard parser) reads, with its messages: five fields or `@…`. */
export function parseSchedule(text: string, zone: Zone = Zone.utc): Schedule {
  if (text === '') throw new CronError('empty spec string')
  if (text.startsWith(EVERY)) return every(text)
  if (text.startsWith('@') && !DESCRIPTORS[text]) throw new CronError(`unrecognized descriptor: ${text}`)
  const fields = (DESCRIPTORS[text] ?? text).split(/\s+/).filter(field => field !== '')
  if (fields.length !== 5)
    throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  return new FieldSchedule(zone, {
    minute: parseField(minute, MINUTES),
    hour: parseField(hour, HOURS),
    day: parseField(day, DAYS),
    month: parseField(month, MONTHS),
    weekday: parseField(weekday, WEEKDAYS),
  })
}

function every(text: string): Schedule {
  const interval = Math.max(1000, Math.floor(durationOf(text) / 1000) * 1000)
  return { next: after => Math.floor(after / 1000) * 1000 + interval }
}

function durationOf(text: string): number {
  try {
    return parseDuration(text.slice(EVERY.length))
  } catch (error) {
    throw new CronError(`failed to parse duration ${text}: ${(error as RangeError).message}`, {
      cause: error,
    })
  }
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** A schedule such as 30 February is given up after so many years. */
const YEARS = 5

type Fields = Readonly<Record<'minute' | 'hour' | 'day' | 'month' | 'weekday', Field>>

/** Walks from the coarsest field to the finest, as upstream's library, so that changes of the clock come out alike. */
class FieldSchedule implements Schedule {
  readonly #zone: Zone
  readonly #fields: Fields

  constructor(zone: Zone, fields: Fields) {
    this.#zone = zone
    this.#fields = fields
  }

  next(after: number): number | undefined {
    let at = Math.floor(after / 1000) * 1000 + 1000
    const limit = this.#zone.wallTime(at).year + YEARS
    for (;;) {
      if (this.#zone.wallTime(at).year > limit) return undefined
      const found = this.#settle(at)
      if (found.isDue) return found.at
      at = found.at
    }
  }

  /** Moves to the next candidate of each field in turn; not due when a coarser field has to be asked again. */
  #settle(from: number): { at: number; isDue: boolean } {
    const zone = this.#zone
    let at = from
    let wall = zone.wallTime(at)
    if (!this.#fields.month.has(wall.month)) {
      const next = zone.instant(wall.year, wall.month + 1, 1)
      return { at: next, isDue: false }
    }
    if (!this.#isDay(wall)) return { at: this.#nextDay(wall), isDue: false }
    while (!this.#fields.hour.has(wall.hour)) {
      at = at - (wall.minute * 60 + wall.second) * 1000 + HOUR_MS
      wall = zone.wallTime(at)
      if (wall.hour === 0) return { at, isDue: false }
    }
    while (!this.#fields.minute.has(wall.minute)) {
      at = at - wall.second * 1000 + MINUTE_MS
      wall = zone.wallTime(at)
      if (wall.minute === 0) return { at, isDue: false }
    }
    if (wall.second === 0) return { at, isDue: true }
    return { at: at - wall.second * 1000 + MINUTE_MS, isDue: false }
  }

  /** With a star in one of the two the other decides; else either of them. */
  #isDay({ day, weekday }: WallTime): boolean {
    const { day: days, weekday: weekdays } = this.#fields
    return days.isStar || weekdays.isStar
      ? days.has(day) && weekdays.has(weekday)
      : days.has(day) || weekdays.has(weekday)
  }

  /** Midnight, or where clocks skip it the first hour of the day. */
  #nextDay({ year, month, day }: WallTime): number {
    const at = this.#zone.instant(year, month, day + 1)
    const { hour } = this.#zone.wallTime(at)
    if (hour === 0) return at
    return hour > 12 ? at + (24 - hour) * HOUR_MS : at - hour * HOUR_MS
  }
}
