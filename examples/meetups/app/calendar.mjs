import { talksIn } from './data/talks.mjs'
import { localStamp, ZONE } from './zone.mjs'

const MAX_LINE_OCTETS = 75

/** RFC 5545, 3.3.11: backslash, semicolon, comma and line breaks in TEXT. @param {string} text */
export const escapeText = text =>
  text.replace(/\\/g, '\\\\').replace(/;/g, '\\;').replace(/,/g, '\\,').replace(/\r?\n/g, '\\n')

/** RFC 5545, 3.1: lines of at most 75 octets, continued by a space, never inside a character. @param {string} line */
export function fold(line) {
  const lines = []
  let current = ''
  let size = 0
  for (const character of line) {
    const octets = Buffer.byteLength(character)
    if (size + octets > MAX_LINE_OCTETS) {
      lines.push(current)
      current = ' '
      size = 1
    }
    current += character
    size += octets
  }
  return [...lines, current].join('\r\n')
}

/** The rules since 2007: RFC 5545, 3.6.5. */
const TIMEZONE = [
  'BEGIN:VTIMEZONE',
  `TZID:${ZONE}`,
  'BEGIN:DAYLIGHT',
  'DTSTART:20070311T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU',
  'TZOFFSETFROM:-0500',
  'TZOFFSETTO:-0400',
  'TZNAME:EDT',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:20071104T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU',
  'TZOFFSETFROM:-0400',
  'TZOFFSETTO:-0500',
  'TZNAME:EST',
  'END:STANDARD',
  'END:VTIMEZONE',
]

/**
 * An iCalendar feed (RFC 5545) of editions.
 * @param {readonly import('./editions.mjs').Edition[]} editions
 * @param {{ name: string, now: number, origin: string }} feed
 */
export function calendarOf(editions, { name, now, origin }) {
  const stamp = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Portage Meetups//Tour//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `NAME:${escapeText(name)}`,
    `X-WR-CALNAME:${escapeText(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT12H',
    ...TIMEZONE,
    ...editions.flatMap(edition => eventOf(edition, { stamp, origin })),
    'END:VCALENDAR',
  ]
  return `${lines.map(fold).join('\r\n')}\r\n`
}

/** @param {import('./editions.mjs').Edition} edition @param {{ stamp: string, origin: string }} feed */
function eventOf({ id, city, startsAt, endsAt }, { stamp, origin }) {
  const talks = talksIn(city.id).map(talk => `${talk.minutes} min: ${talk.title}`)
  const link = `${origin}/cities/${city.id}`
  return [
    'BEGIN:VEVENT',
    `UID:${id}@portage-meetups.example`,
    `DTSTAMP:${stamp}`,
    `DTSTART;TZID=${ZONE}:${localStamp(startsAt)}`,
    `DTEND;TZID=${ZONE}:${localStamp(endsAt)}`,
    `SUMMARY:${escapeText(`Portage in ${city.name}`)}`,
    `LOCATION:${escapeText(`${city.venue.name}, ${city.venue.address}`)}`,
    `DESCRIPTION:${escapeText([...talks, '', city.venue.access, link].join('\n'))}`,
    `URL:${link}`,
    'STATUS:CONFIRMED',
    'END:VEVENT',
  ]
}
