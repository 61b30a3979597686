/** A buffer that grows as it is written to. */
export class ByteBuffer {
  bytes: Uint8Array
  used = 0
  #view: DataView

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Makes room for so many more bytes. */
  reserve(count: number): void {
    if (this.used + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.used + count))
    grown.set(this.bytes.subarray(0, this.used))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.used++] = value
  }

  /** A whole number from 0 on, seven bits a byte. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.used++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.used++] = rest
  }

  float(value: number): void {
    this.reserve(8)
    this.#view.setFloat64(this.used, value, true)
    this.used += 8
  }

  words(low: number, high: number): void {
    this.reserve(8)
    this.#view.setUint32(this.used, low, true)
    this.#view.setUint32(this.used + 4, high, true)
    this.used += 8
  }

  text(value: string): void {
    const encoded = Buffer.from(value, 'utf8')
    this.varint(encoded.length)
    this.reserve(encoded.length)
    this.bytes.set(encoded, this.used)
    this.used += encoded.length
  }

  get view(): DataView {
    return this.#view
  }
}

/** Reads what ByteBuffer wrote. Throws RangeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.at >= this.#bytes.length
  }
  byte(): number {
    return this.#view.getUint8(this.at++)
  }
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  float(): number {
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }
  word(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }
  text(): string {
    const length = this.varint()
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError('text goes past the end')
    return Buffer.from(this.#bytes.subarray(this.at - length, this.at)).toString('utf8')
  }
}

export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
export const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)
