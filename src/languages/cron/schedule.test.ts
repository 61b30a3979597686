import { describe, expect, it } from 'vitest'
import { parseSchedule } from './schedule.ts'
import { Zone } from './zone.ts'

const next = (schedule: string, after: string, zone = 'UTC'): string => {
  const found = parseSchedule(schedule, Zone.named(zone)).next(Date.parse(after))
  return found === undefined ? 'never' : Zone.named(zone).format(found)
}

describe('parseSchedule', () => {
  it.each([
    ['0/15 * * * *', '2026-07-09T14:45:00Z', '2026-07-09T15:00:00Z'],
    ['*/15 * * * *', '2026-07-09T14:59:59Z', '2026-07-09T15:00:00Z'],
    ['20-35/15 * * * *', '2026-07-09T15:45:00Z', '2026-07-09T16:20:00Z'],
    ['* * * * *', '2026-07-09T14:45:30Z', '2026-07-09T14:46:00Z'],
    ['30 23 31 dec *', '2026-01-01T00:00:00Z', '2026-12-31T23:30:00Z'],
    ['0 0 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['0 0 30 feb *', '2026-03-01T00:00:00Z', 'never'],
    ['0 9 * * MON-FRI', '2026-07-10T10:00:00Z', '2026-07-13T09:00:00Z'],
    ['0 0 1,15 * sun', '2026-07-02T00:00:00Z', '2026-07-05T00:00:00Z'],
    ['0 0 * * sun', '2026-07-02T00:00:00Z', '2026-07-05T00:00:00Z'],
    ['0 0 */10 * *', '2026-07-02T00:00:00Z', '2026-07-11T00:00:00Z'],
    ['@hourly', '2026-07-09T14:45:00Z', '2026-07-09T15:00:00Z'],
    ['@daily', '2026-07-09T14:45:00Z', '2026-07-10T00:00:00Z'],
    ['@weekly', '2026-07-09T14:45:00Z', '2026-07-12T00:00:00Z'],
    ['@monthly', '2026-07-09T14:45:00Z', '2026-08-01T00:00:00Z'],
    ['@yearly', '2026-07-09T14:45:00Z', '2027-01-01T00:00:00Z'],
    ['@every 1m30s', '2026-07-09T14:45:00.300Z', '2026-07-09T14:46:30Z'],
    ['@every 5ms', '2026-07-09T14:45:00Z', '2026-07-09T14:45:01Z'],
  ])('%s after %s is %s', (schedule, after, expected) => expect(next(schedule, after)).toBe(expected))

  // Clocks in New York go forward on 2012-03-11 at 2:00 and back on 2012-11-04 at 2:00.
  it.each([
    ['0 0 * * *', '2012-03-11T00:00:00-05:00', '2012-03-12T00:00:00-04:00'],
    ['30 2 11 3 ?', '2012-03-11T00:00:00-05:00', '2013-03-11T02:30:00-04:00'],
    ['0 * * * ?', '2012-03-11T01:00:00-05:00', '2012-03-11T03:00:00-04:00'],
    ['0 1 * * ?', '2012-03-11T00:00:00-05:00', '2012-03-11T01:00:00-05:00'],
    ['0 2 * * ?', '2012-03-11T00:00:00-05:00', '2012-03-12T02:00:00-04:00'],
    ['30 2 4 11 ?', '2012-11-04T00:00:00-04:00', '2012-11-04T02:30:00-05:00'],
    ['30 1 4 11 ?', '2012-11-04T00:00:00-04:00', '2012-11-04T01:30:00-04:00'],
    ['0 * * * ?', '2012-11-04T01:00:00-04:00', '2012-11-04T01:00:00-05:00'],
    ['0 * * * ?', '2012-11-04T01:00:00-05:00', '2012-11-04T02:00:00-05:00'],
  ])('in New York %s after %s is %s', (schedule, after, expected) =>
    expect(next(schedule, after, 'America/New_York')).toBe(expected),
  )
  it('finds the first hour of a day whose midnight is skipped', () => {
    // Clocks in São Paulo went forward at midnight.
    expect(next('0 12 * * *', '2018-11-03T13:00:00-03:00', 'America/Sao_Paulo')).toBe(
      '2018-11-04T12:00:00-02:00',
    )
  })

  it.each([
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['61 * * * *', 'end of range (61) above maximum (59): 61'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'too many slashes: */2/3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['-5 * * * *', 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ])('refuses %j: %s', (schedule, message) => expect(() => parseSchedule(schedule)).toThrow(message))
  it('refuses a zone that does not exist', () => {
    expect(() => Zone.named('Mars/Olympus')).toThrow('unknown time zone Mars/Olympus')
    expect(() => Zone.named('+01:00')).toThrow('unknown time zone +01:00')
  })
})
