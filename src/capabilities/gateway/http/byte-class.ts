/** One bit a character class, by byte: RFC 9110 section 5.6.2 (token), 5.5 (field value), RFC 9112 section 3 (target). */
export const TOKEN = 1
export const VALUE = 2
export const TARGET = 4
export const HOST = 8

export const byteClass = new Uint8Array(256)

const mark = (bit: number, bytes: Iterable<number>) => {
  for (const byte of bytes) byteClass[byte]! |= bit
}
const codes = (text: string) => [...text].map(character => character.charCodeAt(0))
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const alphanumeric = [...range(0x30, 0x39), ...range(0x41, 0x5a), ...range(0x61, 0x7a)]

mark(TOKEN, [...alphanumeric, ...codes("!#$%&'*+-.^_`|~")])
mark(VALUE, [0x09, ...range(0x20, 0x7e), ...range(0x80, 0xff)])
// A fragment never goes over the wire, so `#` is not part of a target.
mark(
  TARGET,
  range(0x21, 0x7e).filter(byte => byte !== 0x23),
)
mark(HOST, [...alphanumeric, ...codes("-._~!$&'()*+;=:[]%")])

export const isToken = (text: string): boolean =>
  text.length > 0 && codes(text).every(code => code < 256 && (byteClass[code]! & TOKEN) !== 0)
export const isFieldValue = (text: string): boolean =>
  codes(text).every(code => code < 256 && (byteClass[code]! & VALUE) !== 0)
