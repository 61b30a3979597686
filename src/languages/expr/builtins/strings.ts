import { OperationError } from '../expr-error.ts'
import { type Builtin, builtin, integer, list, text } from './builtin.ts'

function trimSet(value: string, cutset: string): string {
  const set = new Set(cutset)
  const characters = [...value]
  const start = characters.findIndex(character => !set.has(character))
  const end = characters.findLastIndex(character => !set.has(character))
  return start < 0 ? '' : characters.slice(start, end + 1).join('')
}

/** Go's strings.SplitN and SplitAfterN: `limit` pieces at most, all when negative. */
function split(value: string, separator: string, limit: number, keep: string): string[] {
  if (limit === 0) return []
  const pieces = separator === '' ? [...value] : value.split(separator)
  if (limit > 0 && pieces.length > limit) {
    const rest = pieces.splice(limit - 1).join(separator)
    pieces.push(rest)
  }
  return pieces.map((piece, index) => (index < pieces.length - 1 ? piece + keep : piece))
}

function replace(value: string, [old, fresh]: readonly [string, string], limit: number): string {
  if (limit < 0) return value.replaceAll(old, () => fresh)
  let result = value
  let from = 0
  for (let count = 0; count < limit; count++) {
    const at = result.indexOf(old, from)
    if (at < 0) break
    result = result.slice(0, at) + fresh + result.slice(at + old.length)
    from = at + fresh.length + (old === '' ? 1 : 0)
  }
  return result
}

/** A place in bytes, as Go counts them. */
const byteIndex = (value: string, index: number): bigint =>
  BigInt(index < 0 ? -1 : Buffer.byteLength(value.slice(0, index)))

const splitter = (name: 'split' | 'splitAfter'): Builtin =>
  builtin(2, 3, (args, { budget }) => {
    const [value, separator] = [text(args, 0, name), text(args, 1, name)]
    const pieces = split(
      value,
      separator,
      args.length > 2 ? Number(integer(args, 2, name)) : -1,
      name === 'split' ? '' : separator,
    )
    budget.spend(pieces.length)
    return pieces
  })

const spaces = /^[\s\x85]+|[\s\x85]+$/g

export const strings: Record<string, Builtin> = {
  trim: builtin(1, 2, args =>
    args.length === 1
      ? text(args, 0, 'trim').replace(spaces, '')
      : trimSet(text(args, 0, 'trim'), text(args, 1, 'trim')),
  ),
  trimPrefix: builtin(1, 2, args => {
    const [value, prefix] = [text(args, 0, 'trimPrefix'), args.length > 1 ? text(args, 1, 'trimPrefix') : ' ']
    return value.startsWith(prefix) ? value.slice(prefix.length) : value
  }),
  trimSuffix: builtin(1, 2, args => {
    const [value, suffix] = [text(args, 0, 'trimSuffix'), args.length > 1 ? text(args, 1, 'trimSuffix') : ' ']
    return value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value
  }),
  upper: builtin(1, 1, args => text(args, 0, 'upper').toUpperCase()),
  lower: builtin(1, 1, args => text(args, 0, 'lower').toLowerCase()),
  split: splitter('split'),
  splitAfter: splitter('splitAfter'),
  replace: builtin(3, 4, (args, { budget }) => {
    const [value, old, fresh] = [text(args, 0, 'replace'), text(args, 1, 'replace'), text(args, 2, 'replace')]
    const limit = args.length > 3 ? Number(integer(args, 3, 'replace')) : -1
    // The most that can come out, known before it is made.
    budget.spend(value.length + (old === '' ? value.length + 1 : value.length / old.length) * fresh.length)
    return replace(value, [old, fresh], limit)
  }),
  repeat: builtin(2, 2, (args, { budget }) => {
    const [value, times] = [text(args, 0, 'repeat'), Number(integer(args, 1, 'repeat'))]
    if (times < 0)
      throw new OperationError(`invalid argument for repeat (expected positive integer, got ${times})`)
    budget.spend(value.length * times)
    return value.repeat(times)
  }),
  join: builtin(1, 2, (args, { budget }) => {
    const pieces = list(args, 0, 'join').map((_, index, all) => text(all, index, 'join'))
    const joined = pieces.join(args.length > 1 ? text(args, 1, 'join') : '')
    budget.spend(joined.length)
    return joined
  }),
  indexOf: builtin(2, 2, args => {
    const value = text(args, 0, 'indexOf')
    return byteIndex(value, value.indexOf(text(args, 1, 'indexOf')))
  }),
  lastIndexOf: builtin(2, 2, args => {
    const value = text(args, 0, 'lastIndexOf')
    return byteIndex(value, value.lastIndexOf(text(args, 1, 'lastIndexOf')))
  }),
  hasPrefix: builtin(2, 2, args => text(args, 0, 'hasPrefix').startsWith(text(args, 1, 'hasPrefix'))),
  hasSuffix: builtin(2, 2, args => text(args, 0, 'hasSuffix').endsWith(text(args, 1, 'hasSuffix'))),
}
