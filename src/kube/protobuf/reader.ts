/** Bytes that are not the protobuf message they should be. */
export class ProtobufError extends Error {
  override name = 'ProtobufError'
}

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
const FIXED32 = 5

/** Reads the protobuf wire format from part of a buffer; every read is checked against the end. */
export class Reader {
  private readonly buffer: Buffer
  private at: number
  private readonly end: number

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer
    this.at = start
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** A varint below 2^53: tags and lengths. */
  uint(): number {
    let value = 0
    for (let shift = 0; shift < 8; shift++) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** (7 * shift)
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw new ProtobufError('a length or tag is too large')
  }

  /** A signed varint; beyond 2^53 it is rounded, as JSON numbers are. */
  int(): number {
    let value = 0n
    let small = 0
    for (let index = 0; index < 10; index++) {
      const byte = this.byte()
      if (index < 4) {
        small += (byte & 0x7f) * 2 ** (7 * index)
        if (byte < 0x80) return small
      }
      if (index === 4) value = BigInt(small)
      if (index >= 4) value |= BigInt(byte & 0x7f) << BigInt(7 * index)
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw new ProtobufError('a number is longer than 64 bits')
  }

  double(): number {
    this.need(8)
    const value = this.buffer.readDoubleLE(this.at)
    this.at += 8
    return value
  }

  text(): string {
    const length = this.length()
    const value = this.buffer.toString('utf8', this.at, this.at + length)
    this.at += length
    return value
  }

  bytes(): Buffer {
    const length = this.length()
    const value = this.buffer.subarray(this.at, this.at + length)
    this.at += length
    return value
  }

  /** A reader of the nested message that follows. */
  nested(): Reader {
    const length = this.length()
    const reader = new Reader(this.buffer, this.at, this.at + length)
    this.at += length
    return reader
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.int()
    else if (wireType === FIXED64) this.move(8)
    else if (wireType === BYTES) this.move(this.length())
    else if (wireType === FIXED32) this.move(4)
    else throw new ProtobufError(`wire type ${wireType} is not supported`)
  }

  private byte(): number {
    this.need(1)
    // `need` made sure of the index.
    return this.buffer[this.at++] as number
  }
  private length(): number {
    const length = this.uint()
    this.need(length)
    return length
  }
  private move(count: number): void {
    this.need(count)
    this.at += count
  }
  private need(count: number): void {
    if (this.at + count > this.end) throw new ProtobufError('unexpected end of message')
  }
}
