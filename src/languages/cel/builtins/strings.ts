import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { ArrayList, type List } from '../value.ts'
import { formatText } from './string-format.ts'

/** Work on texts is by code points; most texts have none outside of the basic plane. */
const hasWide = (text: string) => /[\ud800-\udbff]/.test(text)
const pointsOf = (text: string): readonly string[] => (hasWide(text) ? [...text] : text.split(''))

const outOfRange = (index: bigint) => new EvaluationError(`index out of range: ${index}`)

function charAt(text: string, index: bigint): string {
  const points = pointsOf(text)
  if (index < 0n || index > BigInt(points.length)) throw outOfRange(index)
  return points[Number(index)] ?? ''
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const points = pointsOf(text)
  if (from < 0n || from > BigInt(points.length)) {
    if (part === '' && from >= 0n) return from
    throw outOfRange(from)
  }
  const wanted = pointsOf(part)
  for (let at = Number(from); at + wanted.length <= points.length; at++)
    if (wanted.every((point, index) => points[at + index] === point)) return BigInt(at)
  return -1n
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const points = pointsOf(text)
  const wanted = pointsOf(part)
  if (from !== undefined && (from < 0n || from > BigInt(points.length))) throw outOfRange(from)
  const last = points.length - wanted.length
  for (let at = Math.min(last, Number(from ?? last)); at >= 0; at--)
    if (wanted.every((point, index) => points[at + index] === point)) return BigInt(at)
  return -1n
}

function substring(text: string, start: bigint, end?: bigint): string {
  const points = pointsOf(text)
  const size = BigInt(points.length)
  if (start < 0n || start > size) throw outOfRange(start)
  if (end !== undefined && (end < 0n || end > size)) throw outOfRange(end)
  if (end !== undefined && start > end)
    throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`)
  return points.slice(Number(start), Number(end ?? size)).join('')
}

function replace(text: string, part: string, by: string, limit = -1n): string {
  if (limit < 0n) return part === '' ? ['', ...pointsOf(text), ''].join(by) : text.split(part).join(by)
  let result = ''
  let rest = text
  for (let count = limit; count > 0n; count--) {
    const at = rest.indexOf(part)
    if (at < 0) break
    if (part === '') {
      const point = pointsOf(rest)[0] ?? ''
      result += by + point
      rest = rest.slice(point.length)
      if (point === '') break
    } else {
      result += rest.slice(0, at) + by
      rest = rest.slice(at + part.length)
    }
  }
  return result + rest
}

function split(text: string, separator: string, limit = -1n): ArrayList {
  if (limit === 0n) return new ArrayList([])
  const all = separator === '' ? pointsOf(text) : text.split(separator)
  if (limit < 0n || BigInt(all.length) <= limit) return new ArrayList(all)
  const count = Number(limit) - 1
  return new ArrayList([...all.slice(0, count), all.slice(count).join(separator)])
}

function join(list: List, separator = ''): string {
  return list
    .toArray()
    .map(item => {
      if (typeof item !== 'string') throw new EvaluationError('no such overload')
      return item
    })
    .join(separator)
}

const ascii = (text: string, letters: RegExp, change: (letter: string) => string) =>
  text.replace(letters, change)

/** `"text"` with escapes, as Go's strings.quote extension writes it. */
function quote(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '\u0007': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
    '"': '\\"',
  }
  return `"${Array.from(text, character => escapes[character] ?? character).join('')}"`
}

/** Unicode's white space, as Go trims it. */
const trim = (text: string) => text.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, '')

/** Texts: the standard's functions and version 2 of cel-go's strings extension. */
export const strings: readonly Overload[] = [
  overload('contains_string', 'string::contains(string): bool', (a: string, b: string) => a.includes(b)),
  overload('starts_with_string', 'string::startsWith(string): bool', (a: string, b: string) =>
    a.startsWith(b),
  ),
  overload('ends_with_string', 'string::endsWith(string): bool', (a: string, b: string) => a.endsWith(b)),
  overload('string_char_at_int', 'string::charAt(int): string', charAt),
  overload('string_index_of_string', 'string::indexOf(string): int', (a: string, b: string) => indexOf(a, b)),
  overload('string_index_of_string_int', 'string::indexOf(string, int): int', indexOf),
  overload('string_last_index_of_string', 'string::lastIndexOf(string): int', (a: string, b: string) =>
    lastIndexOf(a, b),
  ),
  overload('string_last_index_of_string_int', 'string::lastIndexOf(string, int): int', lastIndexOf),
  overload('string_lower_ascii', 'string::lowerAscii(): string', (text: string) =>
    ascii(text, /[A-Z]+/g, letters => letters.toLowerCase()),
  ),
  overload('string_upper_ascii', 'string::upperAscii(): string', (text: string) =>
    ascii(text, /[a-z]+/g, letters => letters.toUpperCase()),
  ),
  overload(
    'string_replace_string_string',
    'string::replace(string, string): string',
    (a: string, b: string, c: string) => replace(a, b, c),
  ),
  overload('string_replace_string_string_int', 'string::replace(string, string, int): string', replace),
  overload('string_split_string', 'string::split(string): list(string)', (a: string, b: string) =>
    split(a, b),
  ),
  overload('string_split_string_int', 'string::split(string, int): list(string)', split),
  overload('string_substring_int', 'string::substring(int): string', (a: string, b: bigint) =>
    substring(a, b),
  ),
  overload('string_substring_int_int', 'string::substring(int, int): string', substring),
  overload('string_trim', 'string::trim(): string', trim),
  overload('string_format', 'string::format(list(dyn)): string', formatText),
  overload('list_join', 'list(string)::join(): string', (list: List) => join(list)),
  overload('list_join_string', 'list(string)::join(string): string', join),
  overload('strings_quote', 'strings.quote(string): string', quote),
]
