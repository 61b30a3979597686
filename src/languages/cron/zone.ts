import { CronError } from './cron-error.ts'

/** The parts of a wall clock that schedules look at; months are 1–12, weekdays 0 (Sunday) – 6. */
export interface WallTime {
  year: number
  month: number
  day: number
  weekday: number
  hour: number
  minute: number
  second: number
}

/** A time zone of the IANA data that Node brings. */
export class Zone {
  readonly #format: Intl.DateTimeFormat | undefined

  private constructor(format: Intl.DateTimeFormat | undefined) {
    this.#format = format
  }

  static readonly utc = new Zone(undefined)

  /** Throws CronError for a zone that is not known. */
  static named(name: string): Zone {
    if (name === 'UTC') return Zone.utc
    try {
      // Offsets such as `+01:00` are no zones of the IANA data, though Intl takes them.
      if (!/^[A-Za-z]/.test(name)) throw new RangeError(name)
      return new Zone(
        new Intl.DateTimeFormat('en-US', {
          timeZone: name,
          hourCycle: 'h23',
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
        }),
      )
    } catch (error) {
      throw new CronError(`unknown time zone ${name}`, { cause: error })
    }
  }

  /** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
  offsetAt(instant: number): number {
    if (!this.#format) return 0
    const part = new Map(this.#format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const of = (name: Intl.DateTimeFormatPartTypes) => part.get(name) ?? 0
    const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
    return shown - Math.floor(instant / 1000) * 1000
  }

  wallTime(instant: number): WallTime {
    const shown = new Date(instant + this.offsetAt(instant))
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      weekday: shown.getUTCDay(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
      second: shown.getUTCSeconds(),
    }
  }

  /** The instant at which clocks show this; where they show it never, or twice, the one that Go's time.Date picks. */
  instant(year: number, month: number, day: number, hour = 0): number {
    const shown = Date.UTC(year, month - 1, day, hour)
    const guess = shown - this.offsetAt(shown)
    return shown - this.offsetAt(guess)
  }

  /** RFC 3339 with the zone's offset and whole seconds, as Go formats it. */
  format(instant: number): string {
    const offset = this.offsetAt(instant)
    const text = new Date(instant + offset).toISOString().slice(0, 19)
    if (offset === 0) return `${text}Z`
    const minutes = Math.abs(offset) / 60_000
    const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
    return `${text}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
  }
}
