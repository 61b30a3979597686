import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duplexPair, headerBlock, SpdyClient, synStream } from './testing.ts'
import { constants, inflateSync } from 'node:zlib'
import { until } from '../../../kernel/until.ts'
import {
  CANCEL,
  type ControlFrame,
  controlFrame,
  dataFrame,
  FLAG_FIN,
  GOAWAY,
  INVALID_STREAM,
  numberFrame,
  numbers,
  PING,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  SYN_REPLY,
  SYN_STREAM,
  WINDOW_UPDATE,
} from './frame.ts'
import { SpdySession } from './session.ts'
import type { SpdyStream } from './stream.ts'

/** A client, and a server session at the other end. */
class Peer extends SpdyClient {
  readonly streams: SpdyStream[] = []
  readonly limits: string[] = []
  readonly session: SpdySession
  readonly over: Promise<void>
  accepts = true

  constructor() {
    const [client, server] = duplexPair()
    super(client)
    this.session = new SpdySession(server, {
      accept: stream => {
        this.streams.push(stream)
        return this.accepts
      },
      limitHit: name => this.limits.push(name),
    })
    this.over = this.session.run()
  }

  comes(type: number): Promise<ControlFrame> {
    return until(`a frame of type ${type}`, () => this.control(type))
  }

  async accepted(id: number, headers: Record<string, string>, flags = 0): Promise<SpdyStream> {
    const count = this.streams.length
    await this.open(id, headers, flags)
    return until('the stream', () => this.streams[count])
  }
}

const read = (stream: SpdyStream): Promise<string> =>
  new Promise(resolve => {
    const parts: Buffer[] = []
    stream.on('data', (chunk: Buffer) => parts.push(chunk))
    stream.once('end', () => resolve(String(Buffer.concat(parts))))
  })

let peer: Peer
beforeEach(() => {
  peer = new Peer()
})
afterEach(() => peer.end())

it('has the dictionary that everybody has', async () => {
  const block = await peer.compress(Buffer.from('x'))
  // RFC 1950: the checksum of the dictionary follows the header.
  expect(block.readUInt32BE(2)).toBe(0xe3c6a7c2)
})

describe('a stream', () => {
  it('carries headers, data and ends both ways', async () => {
    const stream = await peer.accepted(1, { streamtype: 'stdin', Port: '80' })
    expect(Object.fromEntries(stream.headers)).toEqual({ streamtype: 'stdin', port: '80' })
    peer.send(dataFrame(1, Buffer.from('hello ')), dataFrame(1, Buffer.from('there'), FLAG_FIN))
    expect(await read(stream)).toBe('hello there')
    stream.end('answer')
    await until('the end', () => peer.hasEnded(1))
    expect(peer.received(1)).toBe('answer')
    expect(peer.frames.some(frame => frame.kind === 'control' && frame.type === RST_STREAM)).toBe(false)
  })

  it('is answered with an empty header block, in one zlib stream with the others', async () => {
    await peer.accepted(1, { a: 'b' })
    await peer.accepted(3, { a: 'b' })
    const replies = await until('both replies', () => {
      const found = peer.frames.filter(frame => frame.kind === 'control' && frame.type === SYN_REPLY)
      return found.length === 2 && found
    })
    const blocks = Buffer.concat(replies.map(({ payload }) => payload.subarray(4)))
    const options = { finishFlush: constants.Z_SYNC_FLUSH }
    expect(inflateSync(blocks, options)).toEqual(Buffer.alloc(8))
  })

  it('may be opened with its end', async () => {
    expect(await read(await peer.accepted(1, {}, FLAG_FIN))).toBe('')
  })

  it('is reset when nobody takes it', async () => {
    peer.accepts = false
    await peer.accepted(1, {})
    expect(numbers(await peer.comes(RST_STREAM), 2)).toEqual([1, CANCEL])
  })

  it('ends when the client resets it, and the others go on', async () => {
    const first = await peer.accepted(1, {})
    const second = await peer.accepted(3, {})
    peer.send(numberFrame(RST_STREAM, 1, CANCEL), dataFrame(3, Buffer.from('on'), FLAG_FIN))
    await until('the end', () => first.destroyed)
    expect(await read(second)).toBe('on')
  })

  it('that is not open is refused', async () => {
    peer.send(dataFrame(7, Buffer.from('x')))
    expect(numbers(await peer.comes(RST_STREAM), 2)).toEqual([7, INVALID_STREAM])
  })

  it('is refused when there are too many', async () => {
    for (let id = 1; id < 2001; id += 2) peer.send(synStream(id, await peer.compress(headerBlock({}))))
    peer.send(synStream(2001, await peer.compress(headerBlock({}))))
    expect(numbers(await peer.comes(RST_STREAM), 2)).toEqual([2001, REFUSED_STREAM])
    expect(peer.limits).toEqual(['spdy_streams'])
  })
})

describe('flow control', () => {
  const settings = (window: number) => {
    const payload = Buffer.alloc(12)
    payload.writeUInt32BE(1)
    payload.writeUInt32BE(7, 4)
    payload.writeUInt32BE(window, 8)
    return controlFrame(SETTINGS, payload)
  }

  it('waits for a peer that keeps windows', async () => {
    peer.send(settings(10))
    const stream = await peer.accepted(1, {})
    stream.end('0123456789abcdef')
    await until('the first ten', () => peer.received(1) === '0123456789')
    peer.send(numberFrame(PING, 1))
    await peer.comes(PING)
    expect(peer.received(1)).toBe('0123456789')
    peer.send(numberFrame(WINDOW_UPDATE, 1, 100))
    await until('the end', () => peer.hasEnded(1))
    expect(peer.received(1)).toBe('0123456789abcdef')
  })

  it('does not wait for one that keeps none', async () => {
    const stream = await peer.accepted(1, {})
    stream.end(Buffer.alloc(300_000, 'x'))
    await until('the end', () => peer.hasEnded(1))
    expect(peer.received(1)).toHaveLength(300_000)
  })

  it('makes room when data has been read, and not before', async () => {
    const stream = await peer.accepted(1, {})
    for (let sent = 0; sent < 64; sent += 16) peer.send(dataFrame(1, Buffer.alloc(16 * 1024)))
    peer.send(numberFrame(PING, 1))
    await peer.comes(PING)
    const updates = () =>
      peer.frames.filter(frame => frame.kind === 'control' && frame.type === WINDOW_UPDATE)
    const before = updates().length
    stream.resume()
    await until('room', () => updates().length > before)
  })

  it('stops reading when too much waits, and goes on', async () => {
    const stream = await peer.accepted(1, {})
    for (let sent = 0; sent < 5; sent++) peer.send(dataFrame(1, Buffer.alloc(512 * 1024)))
    peer.send(numberFrame(PING, 1), dataFrame(1, Buffer.alloc(0), FLAG_FIN))
    await until('a full stream', () => peer.isHeldUp)
    expect(peer.frames.some(frame => frame.kind === 'control' && frame.type === PING)).toBe(false)
    expect(await read(stream)).toHaveLength(5 * 512 * 1024)
    await peer.comes(PING)
  })
})

describe('what is no SPDY ends the connection and is counted', () => {
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['text', () => Buffer.from('\x80GET / HTTP/1.1')],
    ['a control frame that is too long', () => Buffer.from([0x80, 3, 0, 1, 0, 2, 0, 0])],
    ['a data frame that is too long', () => Buffer.from([0, 0, 0, 1, 0, 0xff, 0, 0])],
    ['a cut SYN_STREAM', () => controlFrame(SYN_STREAM, Buffer.alloc(8))],
    ['an even stream', async () => synStream(2, await peer.compress(headerBlock({})))],
    ['stream 0', async () => synStream(0, await peer.compress(headerBlock({})))],
    ['headers that are no zlib', () => synStream(1, Buffer.from('no zlib at all'))],
    [
      'headers that are cut',
      async () => synStream(1, await peer.compress(headerBlock({ a: 'b' }).subarray(0, 9))),
    ],
    ['headers without end', async () => synStream(1, await peer.compress(Buffer.alloc(10_000_000)))],
    ['cut settings', () => controlFrame(SETTINGS, Buffer.from([0, 0, 0, 9]))],
    ['a cut window update', () => numberFrame(WINDOW_UPDATE, 1)],
  ])('%s', async (_, bytes) => {
    peer.send(await bytes())
    expect(numbers(await peer.comes(GOAWAY), 2)[1]).toBe(PROTOCOL_ERROR)
    await peer.over
    expect(peer.limits).toEqual(['spdy_frame'])
  })
})
