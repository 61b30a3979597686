import { Fields } from './fields.ts'

const VERSION = Buffer.from('HTTP/1.', 'latin1')

/** Reads the head of an HTTP/1.x response, keeping offsets; the same strictness as for requests. */
export class ResponseHead extends Fields {
  status = 0
  isOld = false
  /** Start of ` 200 OK`, after the version. */
  statusStart = 0
  fieldsStart = 0

  /** Position after the head, 0 when it is incomplete, -1 when it is refused (see `refusal`). */
  read(buffer: Buffer, from: number, end: number): number {
    this.reset()
    const known = Math.min(end - from, VERSION.length)
    for (let index = 0; index < known; index++)
      if (buffer[from + index] !== VERSION[index]) return this.refuse(502, 'a malformed status line')
    if (end - from < 15) return 0
    const minor = buffer[from + 7]! - 0x30
    const [hundreds, tens, ones] = [
      buffer[from + 9]! - 0x30,
      buffer[from + 10]! - 0x30,
      buffer[from + 11]! - 0x30,
    ]
    const after = buffer[from + 12]
    if (
      minor < 0 ||
      minor > 9 ||
      buffer[from + 8] !== 0x20 ||
      !(hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9) ||
      (after !== 0x20 && after !== 0x0d)
    )
      return this.refuse(502, 'a malformed status line')
    this.status = hundreds * 100 + tens * 10 + ones
    this.isOld = minor === 0
    this.statusStart = from + 8
    let position = from + 12
    while (position < end && buffer[position] !== 0x0d && buffer[position] !== 0x0a) position++
    if (position + 1 >= end) return 0
    if (buffer[position] !== 0x0d || buffer[position + 1] !== 0x0a)
      return this.refuse(502, 'a malformed status line')
    this.fieldsStart = position + 2
    const bodyStart = this.parse(buffer, this.fieldsStart, end)
    if (bodyStart < 0) {
      // Whatever is wrong with an upstream's head, the client is told of a bad gateway.
      this.refusal = { status: 502, because: this.refusal?.because ?? 'a malformed head' }
      return -1
    }
    if (bodyStart > 0 && this.chunked && this.contentLength >= 0)
      return this.refuse(502, 'both Content-Length and Transfer-Encoding')
    return bodyStart
  }
}
