/** Every stop of the tour is in this zone. */
export const ZONE = 'America/Toronto'

const offsets = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, timeZoneName: 'longOffset' })

/** Minutes that the zone is ahead of UTC at an instant. @param {number} at */
function offsetMinutes(at) {
  const name = offsets.formatToParts(at).find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name)
  if (!match) return 0
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
}

/**
 * The instant of a wall clock time in the zone.
 * @param {number} year @param {number} month from 1 @param {number} day @param {number} hour @param {number} minute
 */
export function instantOf(year, month, day, hour, minute) {
  const wall = Date.UTC(year, month - 1, day, hour, minute)
  const guess = wall - offsetMinutes(wall) * 60_000
  return wall - offsetMinutes(guess) * 60_000
}

/** Year and month in the zone at an instant. @param {number} at */
export function monthOf(at) {
  const local = new Date(at + offsetMinutes(at) * 60_000)
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1 }
}

/** `20261210T180000` in the zone, as iCalendar writes local times. @param {number} at */
export const localStamp = at =>
  new Date(at + offsetMinutes(at) * 60_000).toISOString().slice(0, 19).replace(/[-:]/g, '')

/** @param {Intl.DateTimeFormatOptions} options */
const formatter = options => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, ...options })
const days = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const shortDays = formatter({ day: 'numeric', month: 'short' })
const hours = formatter({ hour: 'numeric', minute: '2-digit', hourCycle: 'h23' })

/** `Thursday, December 10, 2026`. @param {number} at */
export const dayText = at => days.format(at)
/** `Dec 10`. @param {number} at */
export const shortDay = at => shortDays.format(at)
/** `18:00`. @param {number} at */
export const timeText = at => hours.format(at)
