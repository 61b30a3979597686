import { describe, expect, it } from 'vitest'
import { calendarOf, escapeText, fold } from './calendar.mjs'
import { tourAt } from './editions.mjs'

const now = Date.parse('2026-11-23T15:00:00Z')

describe('iCalendar', () => {
  const text = calendarOf(tourAt(now), { name: 'Portage', now, origin: 'http://localhost:8000' })
  const unfolded = text.replace(/\r\n /g, '')

  it('ends every line with CRLF, and none is longer than 75 octets', () => {
    expect(text.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/)
    expect(Math.max(...text.split('\r\n').map(line => Buffer.byteLength(line)))).toBeLessThanOrEqual(75)
  })

  it('brings its time zone, and local times in it', () => {
    expect(unfolded).toContain('BEGIN:VTIMEZONE\r\nTZID:America/Toronto')
    expect(unfolded).toContain('DTSTART;TZID=America/Toronto:20261217T180000')
    expect(unfolded.match(/BEGIN:VEVENT/g)).toHaveLength(5)
    expect(unfolded).toContain('UID:toronto-2026-12@portage-meetups.example')
    expect(unfolded).toContain('DTSTAMP:20261123T150000Z')
  })

  it('escapes text', () => {
    expect(escapeText('a,b;c\\d\ne')).toBe('a\\,b\\;c\\\\d\\ne')
    expect(unfolded).toContain('LOCATION:The Foundry on King\\, 1190 King Yard\\, Toronto')
  })

  it('folds between characters', () => {
    const folded = fold(`SUMMARY:${'é'.repeat(80)}`)
    expect(
      folded.split('\r\n').every(line => Buffer.byteLength(line) <= 75 && !line.includes('\ufffd')),
    ).toBe(true)
    expect(folded.replace(/\r\n /g, '')).toBe(`SUMMARY:${'é'.repeat(80)}`)
  })
})
