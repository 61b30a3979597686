import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { PodTokens, renewalOf } from './pod-tokens.ts'

const HOUR = 3_600_000
const projection = { path: 'token', expirationSeconds: 3600, audience: 'vault' }
const pod = {
  spec: { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: projection }] } }] },
} as Pod

describe('a token in a volume', () => {
  it.each([
    [HOUR, 0.8 * HOUR],
    [100 * HOUR, 24 * HOUR],
  ])('that lives %i ms is renewed after %i', (life, after) => {
    expect(renewalOf({ token: 't', issuedAt: 1000, expiresAt: 1000 + life })).toBe(1000 + after)
  })

  it('is kept until it is due, survives a failed renewal, and is given up when it has expired', async () => {
    const clock = new VirtualClock(0)
    let count = 0
    let works = true
    const tokens = new PodTokens(clock, async ({ audience, expirationSeconds }) => {
      if (!works) throw new Error('no answer')
      count++
      const issuedAt = clock.now()
      return { token: `${audience}-${count}`, issuedAt, expiresAt: issuedAt + expirationSeconds * 1000 }
    })
    await tokens.ensure(pod)
    await tokens.ensure(pod)
    expect(tokens.token(projection)).toBe('vault-1')
    expect(tokens.dueAt).toBe(0.8 * HOUR)

    await clock.advance(0.8 * HOUR)
    works = false
    await tokens.ensure(pod)
    expect(tokens.token(projection)).toBe('vault-1')
    expect(tokens.dueAt).toBeGreaterThan(clock.now())
    works = true
    await clock.advance(10_000)
    await tokens.ensure(pod)
    expect(tokens.token(projection)).toBe('vault-2')

    works = false
    await clock.advance(2 * HOUR)
    await expect(tokens.ensure(pod)).rejects.toThrow('failed to fetch token: no answer')
  })
})
