import { SpdyError } from './spdy-error.ts'

/** Types of control frames: section 2.6 of the SPDY/3.1 draft. */
export const SYN_STREAM = 1
export const SYN_REPLY = 2
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 9

export const FLAG_FIN = 1

/** Reasons of RST_STREAM. */
export const PROTOCOL_ERROR = 1
export const INVALID_STREAM = 2
export const REFUSED_STREAM = 3
export const CANCEL = 5

export interface ControlFrame {
  kind: 'control'
  type: number
  flags: number
  payload: Buffer
}

export interface DataFrame {
  kind: 'data'
  streamId: number
  flags: number
  payload: Buffer
}

export type Frame = ControlFrame | DataFrame

const VERSION = 3
const HEAD_BYTES = 8
const MAX_CONTROL_BYTES = 64 * 1024
const MAX_DATA_BYTES = 1024 * 1024
const MAX_STREAM_ID = 0x7fffffff

/** Cuts what arrives into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** The frames that are whole now. Throws SpdyError for what is no frame, or is too long. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= HEAD_BYTES) {
      const head = this.#rest
      const first = head.readUInt32BE(0)
      const isControl = first >= 0x80000000
      const flags = head.readUInt8(4)
      const length = head.readUIntBE(5, 3)
      if (isControl && ((first >>> 16) & 0x7fff) !== VERSION) throw new SpdyError('not a frame of SPDY/3')
      const limit = isControl ? MAX_CONTROL_BYTES : MAX_DATA_BYTES
      if (length > limit) throw new SpdyError(`a frame of ${length} bytes is longer than ${limit}`)
      if (head.length < HEAD_BYTES + length) break
      const payload = head.subarray(HEAD_BYTES, HEAD_BYTES + length)
      this.#rest = head.subarray(HEAD_BYTES + length)
      frames.push(
        isControl
          ? { kind: 'control', type: first & 0xffff, flags, payload }
          : { kind: 'data', streamId: first, flags, payload },
      )
    }
    return frames
  }
}

/** Numbers of a control frame, of which the first is often a stream. Throws SpdyError where they are missing. */
export function numbers({ type, payload }: ControlFrame, count: number): number[] {
  if (payload.length < 4 * count) throw new SpdyError(`a frame of type ${type} is cut short`)
  return Array.from({ length: count }, (_, index) => payload.readUInt32BE(4 * index) & MAX_STREAM_ID)
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE((0x80000000 | (VERSION << 16) | type) >>> 0, 0)
  head.writeUInt8(flags, 4)
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}

/** A control frame of numbers only, for instance RST_STREAM (stream, reason). */
export function numberFrame(type: number, ...values: number[]): Buffer {
  const payload = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value, 4 * index)
  return controlFrame(type, payload)
}

export function dataFrame(streamId: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(streamId, 0)
  head.writeUInt8(flags, 4)
  head.writeUIntBE(payload.length, 5, 3)
  return payload.length === 0 ? head : Buffer.concat([head, payload])
}
