import type { UserInfo } from '../request.ts'

/** Whose a token is and for whom it was made, or what is wrong with it. */
export type TokenVerdict =
  | {
      user: UserInfo
      audiences: readonly string[]
      /** The token stays whose it is for as long as the server runs. */
      isLasting?: boolean
    }
  | { error: string }

/** Knows some tokens; undefined for those of others. `audiences`: one of them must be the token's. */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => TokenVerdict | undefined | Promise<TokenVerdict | undefined>

/** Asks one after the other; the first who knows the user decides, else whoever says what is wrong. */
export function anyOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return async (token, audiences) => {
    let failed: TokenVerdict | undefined
    for (const authenticate of authenticators) {
      const verdict = await authenticate(token, audiences)
      if (verdict && 'user' in verdict) return verdict
      failed ??= verdict
    }
    return failed
  }
}

export const intersection = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter(one => others.includes(one))
