import type { BYTES, FIXED64, VARINT } from './reader.ts'

/** Writes the protobuf wire format from the end to the front, so that lengths are known when they are written. */
export class Writer {
  private buffer = Buffer.allocUnsafe(1024)
  private at = this.buffer.length

  /** Bytes written so far: a nested message's length is the difference of two. */
  get length(): number {
    return this.buffer.length - this.at
  }
  finish(): Buffer {
    return this.buffer.subarray(this.at)
  }

  tag(number: number, wireType: typeof VARINT | typeof FIXED64 | typeof BYTES): void {
    this.uint(number * 8 + wireType)
  }
  uint(value: number): void {
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    this.reserve(size)
    let at = this.at
    let rest = value
    for (let i = 0; i < size; i++) {
      this.buffer[at++] = (rest % 0x80) | (i < size - 1 ? 0x80 : 0)
      rest = Math.floor(rest / 0x80)
    }
  }
  int(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.uint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)))
    const bytes: number[] = []
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.at)
  }
  double(value: number): void {
    this.reserve(8)
    this.buffer.writeDoubleLE(value, this.at)
  }
  text(value: string): void {
    const size = Buffer.byteLength(value)
    this.reserve(size)
    this.buffer.write(value, this.at, size, 'utf8')
    this.uint(size)
  }
  bytes(value: Uint8Array): void {
    this.raw(value)
    this.uint(value.length)
  }
  /** Bytes without their length. */
  raw(value: Uint8Array): void {
    this.reserve(value.length)
    this.buffer.set(value, this.at)
  }

  /** Moves the front down by `size`, growing the buffer where it is full. */
  private reserve(size: number): void {
    if (this.at < size) {
      const used = this.length
      const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, used + size))
      this.buffer.copy(grown, grown.length - used, this.at)
      this.at = grown.length - used
      this.buffer = grown
    }
    this.at -= size
  }
}
