const SIMPLE: Record<string, number> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
}
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a quoted literal with Go's escapes, or undefined when an escape is wrong. */
export function unquote(literal: string): string | undefined {
  const delimiter = literal[0]
  const body = literal.slice(1, -1)
  if (delimiter === '`') return body
  if (!body.includes('\\')) return body
  const bytes: number[] = []
  const pattern =
    /\\(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([abfnrtv\\'"]))|[^\\]+|\\/gy
  for (const match of body.matchAll(pattern)) {
    const [whole, hex, octal, short, long, simple] = match
    if (whole === '\\') return undefined
    if (hex ?? octal) {
      const byte = hex ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '', 8)
      if (byte > 255) return undefined
      bytes.push(byte)
    } else if (short ?? long) {
      const code = Number.parseInt(short ?? long ?? '', 16)
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined
      bytes.push(...Buffer.from(String.fromCodePoint(code)))
    } else if (simple) {
      if ((simple === "'" || simple === '"') && simple !== delimiter) return undefined
      bytes.push(SIMPLE[simple] ?? 0)
    } else bytes.push(...Buffer.from(whole))
  }
  return decode(Uint8Array.from(bytes))
}

/** UTF-8, with each byte that is none kept as the lone surrogate U+DC00 + byte. */
function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    let text = ''
    for (let at = 0; at < bytes.length; ) {
      const length = [1, 2, 3, 4].find(size => isCharacter(bytes.subarray(at, at + size))) ?? 0
      text +=
        length === 0
          ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
          : decoder.decode(bytes.subarray(at, at + length))
      at += Math.max(1, length)
    }
    return text
  }
}

function isCharacter(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Prometheus 3 takes any UTF-8 as the name of a label, but not the empty one. */
export const isLabelName = (name: string): boolean => name !== '' && !/[\ud800-\udfff]/u.test(name)
