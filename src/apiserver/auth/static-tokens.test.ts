import { expect, it } from 'vitest'
import { ISSUER } from './service-account-tokens.ts'
import { parseTokenFile, staticTokens } from './static-tokens.ts'

it('reads a token file, and knows its users', () => {
  const known = parseTokenFile('# tokens\nt1,alice,u1,"dev,ops"\n\nt2,bob,u2\nt3,carol,u3,dev\n')
  const authenticate = staticTokens(known)
  expect(authenticate('t1', [ISSUER])).toEqual({
    user: { username: 'alice', uid: 'u1', groups: ['dev', 'ops', 'system:authenticated'] },
    audiences: [ISSUER],
    isLasting: true,
  })
  expect(authenticate('t3', [ISSUER])).toMatchObject({ user: { groups: ['dev', 'system:authenticated'] } })
  expect(authenticate('t2', ['elsewhere'])).toBeUndefined()
  expect(authenticate('t4', [ISSUER])).toBeUndefined()
  expect(() => parseTokenFile('t1,alice\n')).toThrow('line 1 of the token file must be')
})
