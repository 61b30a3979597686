import { HIGH_WORD, LOW_WORD } from '../../../languages/promql/float-words.ts'
import { ByteBuffer, unzigzag, zigzag } from './byte-buffer.ts'
import { floatBits, wholeDelta } from './float-bits.ts'

/**
 * Samples are kept in frames: a header (count, length, first and last time), the first value, then one control byte a
 * sample or a run:
 *   0rrrrrrr           r + 1 samples at the same interval with the same value
 *   1t00----           same value
 *   1t01----           whole number: the difference follows
 *   1t10-lll           the XOR with the last value follows, without its l leading zero bytes
 *   1t11----           the same without trailing zero bytes too: a byte with both counts goes before
 * With t, the change of the interval goes first. Differences are zigzag varints.
 */
export const FRAME_HEADER = 20
const SAMPLES_PER_FRAME = 120
const MAX_SAMPLE_BYTES = 16
const MAX_INTERVAL_CHANGE = 2 ** 30

const [RUN_END, TIMED, WHOLE, XOR, TRIMMED] = [0x7f, 0x40, 0x10, 0x20, 0x30]

/** Appends samples of one series, in order of time, to a growing buffer of frames. */
export class FrameWriter {
  #buffer: ByteBuffer | undefined
  #start = 0
  #count = 0
  #runAt = -1
  #interval = 0
  #firstMs = 0
  lastMs = Number.NEGATIVE_INFINITY
  low = 0
  high = 0

  /** The time of the first sample in the buffer. */
  get fromMs(): number {
    return this.#buffer ? this.#buffer.view.getFloat64(4, true) : Number.POSITIVE_INFINITY
  }
  get sizeBytes(): number {
    return this.#buffer?.bytes.length ?? 0
  }
  get isEmpty(): boolean {
    return this.#buffer === undefined
  }

  /** The time must be after `lastMs`. */
  append(timeMs: number, low: number, high: number): void {
    const interval = timeMs - this.lastMs
    const change = interval - this.#interval
    if (!this.#buffer || this.#count >= SAMPLES_PER_FRAME || Math.abs(change) >= MAX_INTERVAL_CHANGE)
      this.#open(timeMs, low, high)
    else this.#add(this.#buffer, change, low, high)
    this.lastMs = timeMs
    this.low = low
    this.high = high
    this.#count++
  }

  /** The frames so far, complete with their headers. Valid until the next append. */
  bytes(): Uint8Array {
    if (!this.#buffer) return new Uint8Array(0)
    this.#writeHeader(this.#buffer)
    return this.#buffer.bytes.subarray(0, this.#buffer.used)
  }

  /** Hands over the frames and begins anew; the last sample's time and value are remembered. */
  take(): Uint8Array {
    const bytes = this.bytes()
    this.#buffer = undefined
    this.#count = 0
    return bytes
  }

  #open(timeMs: number, low: number, high: number): void {
    if (this.#buffer) this.#writeHeader(this.#buffer)
    this.#buffer ??= new ByteBuffer(64)
    const buffer = this.#buffer
    this.#start = buffer.used
    buffer.reserve(FRAME_HEADER + 8)
    buffer.used += FRAME_HEADER
    buffer.words(low, high)
    this.#firstMs = timeMs
    this.#count = 0
    this.#interval = 0
    this.#runAt = -1
    buffer.view.setFloat64(this.#start + 4, timeMs, true)
  }

  #writeHeader(buffer: ByteBuffer): void {
    const { view } = buffer
    view.setUint16(this.#start, this.#count, true)
    view.setUint16(this.#start + 2, buffer.used - this.#start - FRAME_HEADER, true)
    view.setFloat64(this.#start + 4, this.#firstMs, true)
    view.setFloat64(this.#start + 12, this.lastMs, true)
  }

  #add(buffer: ByteBuffer, change: number, low: number, high: number): void {
    buffer.reserve(MAX_SAMPLE_BYTES)
    const isSame = low === this.low && high === this.high
    if (isSame && change === 0) {
      const run = this.#runAt >= 0 ? (buffer.bytes[this.#runAt] ?? RUN_END) : RUN_END
      if (run < RUN_END) buffer.bytes[this.#runAt] = run + 1
      else {
        this.#runAt = buffer.used
        buffer.bytes[buffer.used++] = 0
      }
      return
    }
    this.#runAt = -1
    const controlAt = buffer.used++
    let control = 0x80
    if (change !== 0) {
      control |= TIMED
      buffer.varint(zigzag(change))
      this.#interval += change
    }
    if (!isSame) control |= this.#value(buffer, low, high)
    buffer.bytes[controlAt] = control
  }

  #value(buffer: ByteBuffer, low: number, high: number): number {
    floatBits.set(this.low, this.high)
    const before = floatBits.value
    floatBits.set(low, high)
    const delta = wholeDelta(before, floatBits.value)
    if (delta !== undefined) {
      buffer.varint(zigzag(delta))
      return WHOLE
    }
    const [xorLow, xorHigh] = [(low ^ this.low) >>> 0, (high ^ this.high) >>> 0]
    const leading = xorHigh !== 0 ? Math.clz32(xorHigh) >>> 3 : 4 + (Math.clz32(xorLow) >>> 3)
    let last = 8
    while (byteOf(xorLow, xorHigh, last - 1) === 0) last--
    if (last < 7) buffer.bytes[buffer.used++] = (leading << 4) | last
    const end = last < 7 ? last : 8
    for (let i = leading; i < end; i++) buffer.bytes[buffer.used++] = byteOf(xorLow, xorHigh, i)
    return last < 7 ? TRIMMED : XOR | leading
  }
}

/** The bytes of a float from the sign on. */
const byteOf = (low: number, high: number, index: number): number =>
  index < 4 ? (high >>> (24 - index * 8)) & 0xff : (low >>> (56 - index * 8)) & 0xff

/** Samples being read, as they will be handed out; `count` of them are there. */
export interface Decoded {
  times: Float64Array
  values: Float64Array
  words: Uint32Array
  count: number
}

export function newDecoded(capacity: number): Decoded {
  const values = new Float64Array(capacity)
  return {
    times: new Float64Array(capacity),
    values,
    words: new Uint32Array(values.buffer),
    count: 0,
  }
}

/** How many samples lie in the frames that overlap [from, to]: at least as many as will be read. */
export function countSamples(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  for (let at = 0; at < bytes.length; at += FRAME_HEADER + view.getUint16(at + 2, true)) {
    if (view.getFloat64(at + 4, true) > to) break
    if (view.getFloat64(at + 12, true) >= from) count += view.getUint16(at, true)
  }
  return count
}

/** Where the frame begins that has the newest sample up to `to`, so that older ones need not be read. */
export function newestFrame(bytes: Uint8Array, to: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let found = 0
  for (let at = 0; at < bytes.length; at += FRAME_HEADER + view.getUint16(at + 2, true)) {
    if (view.getFloat64(at + 4, true) > to) break
    found = at
  }
  return bytes.subarray(found)
}

/** Reads the samples in [from, to] behind those already in `into`, which has room for them. */
export function readSamples(bytes: Uint8Array, from: number, to: number, into: Decoded): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at + 2, true)
    const firstMs = view.getFloat64(at + 4, true)
    if (firstMs > to) return
    if (view.getFloat64(at + 12, true) >= from)
      readFrame({ bytes, view, at, count: view.getUint16(at, true), firstMs }, from, to, into)
    at += FRAME_HEADER + length
  }
}

interface Frame {
  bytes: Uint8Array
  view: DataView
  at: number
  count: number
  firstMs: number
}

function readFrame(
  { bytes, view, at, count, firstMs }: Frame,
  from: number,
  to: number,
  into: Decoded,
): void {
  const { times, values, words } = into
  let place = at + FRAME_HEADER
  let low = view.getUint32(place, true)
  let high = view.getUint32(place + 4, true)
  place += 8
  // Differences of whole numbers are added as numbers; everything else is kept as bits, for the sake of NaNs.
  let number = 0
  let isNumber = false
  let timeMs = firstMs
  let interval = 0
  let written = into.count
  let run = 1
  for (let left = count; ; ) {
    for (; run > 0 && left > 0; run--, left--) {
      if (timeMs >= from && timeMs <= to) {
        times[written] = timeMs
        if (isNumber) values[written] = number
        else {
          words[written * 2 + LOW_WORD] = low
          words[written * 2 + HIGH_WORD] = high
        }
        written++
      }
      if (run > 1) timeMs += interval
    }
    if (left === 0 || timeMs > to) break
    const control = bytes[place++] ?? 0
    if (control < 0x80) {
      run = control + 1
      timeMs += interval
      continue
    }
    run = 1
    if (control & TIMED) {
      varint.read(bytes, place)
      interval += unzigzag(varint.value)
      place = varint.next
    }
    timeMs += interval
    const kind = control & TRIMMED
    if (kind === WHOLE) {
      if (!isNumber) {
        floatBits.set(low, high)
        number = floatBits.value
        isNumber = true
      }
      const byte = bytes[place] ?? 0
      if (byte < 0x80) {
        place++
        number += byte & 1 ? -((byte + 1) >> 1) : byte >> 1
      } else {
        varint.read(bytes, place)
        number += unzigzag(varint.value)
        place = varint.next
      }
    } else if (kind !== 0) {
      if (isNumber) {
        floatBits.of(number)
        low = floatBits.low
        high = floatBits.high
        isNumber = false
      }
      const counts = kind === TRIMMED ? (bytes[place++] ?? 0) : ((control & 7) << 4) | 8
      let [xorLow, xorHigh] = [0, 0]
      for (let i = counts >>> 4; i < (counts & 15); i++) {
        const byte = bytes[place++] ?? 0
        if (i < 4) xorHigh |= byte << (24 - i * 8)
        else xorLow |= byte << (56 - i * 8)
      }
      low = (low ^ xorLow) >>> 0
      high = (high ^ xorHigh) >>> 0
    }
  }
  into.count = written
}

/** One shared place for what was read, so that reading allocates nothing. */
const varint = {
  value: 0,
  next: 0,
  read(bytes: Uint8Array, start: number): void {
    let value = 0
    let scale = 1
    let at = start
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
    }
    this.value = value
    this.next = at
  },
}
