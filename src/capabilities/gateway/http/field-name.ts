/** Header fields that the proxy itself acts on. Every other field is `OTHER` and passes through untouched. */
export const Field = {
  OTHER: 0,
  HOST: 1,
  CONTENT_LENGTH: 2,
  TRANSFER_ENCODING: 3,
  CONNECTION: 4,
  KEEP_ALIVE: 5,
  PROXY_CONNECTION: 6,
  TE: 7,
  UPGRADE: 8,
  COOKIE: 9,
  X_FORWARDED_FOR: 10,
  X_FORWARDED_PROTO: 11,
  X_FORWARDED_HOST: 12,
} as const
export type Field = (typeof Field)[keyof typeof Field]

const names: readonly (readonly [string, Field])[] = [
  ['host', Field.HOST],
  ['content-length', Field.CONTENT_LENGTH],
  ['transfer-encoding', Field.TRANSFER_ENCODING],
  ['connection', Field.CONNECTION],
  ['keep-alive', Field.KEEP_ALIVE],
  ['proxy-connection', Field.PROXY_CONNECTION],
  ['te', Field.TE],
  ['upgrade', Field.UPGRADE],
  ['cookie', Field.COOKIE],
  ['x-forwarded-for', Field.X_FORWARDED_FOR],
  ['x-forwarded-proto', Field.X_FORWARDED_PROTO],
  ['x-forwarded-host', Field.X_FORWARDED_HOST],
]

/** The known names by their length, so that most fields are told apart by their length alone. */
const byLength: (readonly { bytes: Uint8Array; field: Field }[] | undefined)[] = []
for (const [name, field] of names) {
  const entry = { bytes: Buffer.from(name, 'latin1'), field }
  byLength[name.length] = [...(byLength[name.length] ?? []), entry]
}
const longest = Math.max(...names.map(([name]) => name.length))

/** Which known field the name at `start`–`end` is, ignoring case. */
export function fieldAt(buffer: Buffer, start: number, end: number): Field {
  const length = end - start
  if (length > longest) return Field.OTHER
  const candidates = byLength[length]
  if (candidates === undefined) return Field.OTHER
  for (let index = 0; index < candidates.length; index++) {
    // The index is below the length.
    const candidate = candidates[index]!
    if (equalsIgnoringCase(buffer, start, candidate.bytes)) return candidate.field
  }
  return Field.OTHER
}

/** Whether the bytes at `start` equal the lower-case token `bytes`, which holds only letters and `-`. */
export function equalsIgnoringCase(buffer: Buffer, start: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    const byte = buffer[start + index]!
    const wanted = bytes[index]!
    if (byte !== wanted && (byte | 0x20) !== wanted) return false
    // `-` (0x2d) with bit 0x20 is itself, but carriage return (0x0d) becomes it.
    if (byte === 0x0d) return false
  }
  return true
}
