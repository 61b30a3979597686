/** As Go's `strconv.FormatFloat(value, 'f', -1, 64)`: shortest digits that read back, never an exponent. */
export function formatPlain(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const at = text.indexOf('e')
  if (at < 0) return text
  const exponent = Number(text.slice(at + 1))
  const negative = text.startsWith('-')
  const mantissa = text.slice(negative ? 1 : 0, at)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  const sign = negative ? '-' : ''
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - whole.length)}${digits}`
  return sign + digits.padEnd(whole.length + exponent, '0')
}

/** As Prometheus writes sample values into JSON: plain, but with an exponent below 1e-6 and from 1e21 on. */
export function formatSample(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && size !== Infinity && (size < 1e-6 || size >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  return formatPlain(value)
}

/** As Go's `%g` prints a float in messages. */
export function formatShort(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && size !== Infinity && (size < 1e-4 || size >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  return formatPlain(value)
}

/** Seconds with the milliseconds of a timestamp, as in the HTTP API. */
export function formatTimestamp(ms: number): string {
  const sign = ms < 0 ? '-' : ''
  const size = Math.abs(ms)
  const fraction = size % 1000
  const seconds = String(Math.floor(size / 1000))
  return fraction === 0 ? sign + seconds : `${sign}${seconds}.${String(fraction).padStart(3, '0')}`
}

/** As Go's `%q`: a byte that is no UTF-8 arrives here as a lone surrogate U+DC80–U+DCFF and is printed as `\xNN`. */
export function quote(text: string): string {
  let result = '"'
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (character === '"' || character === '\\') result += `\\${character}`
    else if (character === '\n') result += '\\n'
    else if (character === '\t') result += '\\t'
    else if (character === '\r') result += '\\r'
    else if (code < 0x20 || code === 0x7f) result += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code >= 0xdc80 && code <= 0xdcff) result += `\\x${(code - 0xdc00).toString(16)}`
    else result += character
  }
  return `${result}"`
}
