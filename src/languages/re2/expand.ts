/** A match in a text. A group that took no part is undefined. */
export interface Match {
  /** Where the match begins and ends in the text, in UTF-16 units. */
  start: number
  end: number
  /** The whole match, then each capturing group. */
  groups: readonly (string | undefined)[]
  /** The named groups; of several with one name, the first that took part. */
  named: Readonly<Record<string, string | undefined>>
}

/** Go's templates: `$1`, `$name` (as many letters, digits and _ as follow), `${name}`, `$$`; an absent group is empty. */
export function expand(template: string, match: Match): string {
  return template.replace(
    /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (whole, plain?: string, braced?: string) => {
      if (whole === '$$') return '$'
      const name = plain ?? braced ?? ''
      if (/^(?:0|[1-9]\d{0,8})$/.test(name)) return match.groups[Number(name)] ?? ''
      return (Object.hasOwn(match.named, name) ? match.named[name] : undefined) ?? ''
    },
  )
}
