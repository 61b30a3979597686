import type { Readable } from 'node:stream'
import type { TerminalSize } from '../connector.ts'

/** Longer than any size; what does not end by then is none. */
const MAX_PENDING = 1024
const MAX_SIDE = 65535

/** Reads the sizes that a client sends of its terminal: JSON objects `{"Width":80,"Height":24}` one after another. */
export function readSizes(stream: Readable, listener: (size: TerminalSize) => void): void {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = sizeOf(text.slice(0, end + 1))
      text = text.slice(end + 1)
      if (size) listener(size)
    }
    if (text.length > MAX_PENDING) text = ''
  })
  stream.on('error', () => {})
}

function sizeOf(text: string): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as Record<string, unknown>
    return isSide(columns) && isSide(rows) ? { columns, rows } : undefined
  } catch {
    return undefined
  }
}

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_SIDE
