import { hash, timingSafeEqual } from 'node:crypto'
import type { UserInfo } from '../request.ts'
import { ISSUER } from './service-account-tokens.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'
import { AUTHENTICATED, MASTERS, withStanding } from './users.ts'

export interface StaticToken {
  token: string
  user: UserInfo
}

export const administrator = (token: string): StaticToken => ({
  token,
  user: { username: 'drave-admin', groups: [MASTERS, AUTHENTICATED] },
})

/**
 * Reads a token file as upstream's `--token-auth-file` has it: lines of `token,user,uid` and, quoted where there are
 * several, `"group1,group2"`. Throws Error naming the line.
 */
export function parseTokenFile(text: string): StaticToken[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const [token = '', username = '', uid, groups = ''] = fieldsOf(line)
    if (token === '' || username === '' || uid === undefined)
      throw new Error(`line ${index + 1} of the token file must be: token,user,uid[,"group1,group2"]`)
    const named = groups.split(',').flatMap(group => group.trim() || [])
    return [{ token, user: { username, ...(uid ? { uid } : {}), groups: withStanding(named, username) } }]
  })
}

const fieldsOf = (line: string): string[] =>
  [...line.trim().matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  )

const digest = (text: string) => hash('sha256', text, 'buffer')

/** Recognises tokens that never change, looking at all of them in constant time. */
export function staticTokens(known: readonly StaticToken[]): TokenAuthenticator {
  const digests = known.map(({ token, user }) => ({ expected: digest(token), user }))
  return (token, audiences) => {
    const given = digest(token)
    let found: UserInfo | undefined
    for (const { expected, user } of digests) if (timingSafeEqual(given, expected)) found ??= user
    return found && audiences.includes(ISSUER)
      ? { user: found, audiences: [ISSUER], isLasting: true }
      : undefined
  }
}
