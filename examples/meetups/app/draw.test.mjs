import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { drawOf, seededTickets } from './draw.mjs'
import { tourAt } from './editions.mjs'

const now = Date.parse('2026-11-23T15:00:00Z')
const [past, , next] = tourAt(now)
if (!past || !next) throw new Error('no tour')

describe('the draw', () => {
  const drawn = drawOf({ secret: 'secret', edition: past, tickets: seededTickets(past) })

  it('can be checked with what is published', () => {
    const seed = drawn.seed ?? ''
    expect(createHash('sha256').update(seed).digest('hex')).toBe(drawn.commitment)
    const best = drawn.tickets
      .map(ticket => [createHmac('sha256', seed).update(ticket).digest('hex'), ticket])
      .sort()
      .slice(0, 3)
    expect(drawn.winners.map(({ ticket }) => ticket)).toEqual(best.map(([, ticket]) => ticket))
  })

  it('keeps the seed until the evening is over, and its commitment does not change', () => {
    const before = drawOf({ secret: 'secret', edition: { ...past, isPast: false }, tickets: [] })
    expect([before.seed, before.winners]).toEqual([undefined, []])
    expect(before.commitment).toBe(drawn.commitment)
    expect(drawOf({ secret: 'secret', edition: next, tickets: [] }).commitment).not.toBe(drawn.commitment)
  })

  it('does not depend on the order of tickets', () => {
    const reversed = drawOf({ secret: 'secret', edition: past, tickets: seededTickets(past).reverse() })
    expect(reversed.winners).toEqual(drawn.winners)
  })
})
