/** Longer lines are written in parts, tagged P but for the last: as containerd and CRI-O do. */
const MAX_LINE_BYTES = 16 * 1024
const NEWLINE = 0x0a

export type StreamName = 'stdout' | 'stderr'

/** One entry of the CRI log format (kubernetes/design-proposals, "CRI: Log Format"): `TIME STREAM TAG CONTENT`. */
export interface LogEntry {
  time: string
  stream: StreamName
  /** The line goes on in the next entry of the stream. */
  partial: boolean
  content: Buffer
}

/** RFC 3339 with nine fractional digits, the width the format's timestamps have. */
export const logTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000000Z`

/** Writes one entry as a line of a log file. */
export const formatEntry = ({ time, stream, partial, content }: LogEntry): Buffer =>
  Buffer.concat([Buffer.from(`${time} ${stream} ${partial ? 'P' : 'F'} `), content, Buffer.from('\n')])

/** Reads a line of a log file without its newline; undefined when it is not in the format (a torn write). */
export function parseEntry(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(0x20)
  const second = line.indexOf(0x20, first + 1)
  const third = line.indexOf(0x20, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const stream = line.toString('latin1', first + 1, second)
  const tag = line.toString('latin1', second + 1, third)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  return {
    time: line.toString('latin1', 0, first),
    stream,
    partial: tag.startsWith('P'),
    content: line.subarray(third + 1),
  }
}

/** Cuts one stream of bytes into entries; keeps at most one incomplete line. */
export class LineCutter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): { partial: boolean; content: Buffer }[] {
    const out: { partial: boolean; content: Buffer }[] = []
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    while (data.length > 0) {
      const end = data.indexOf(NEWLINE)
      const complete = end >= 0 && end <= MAX_LINE_BYTES
      if (!complete && data.length <= MAX_LINE_BYTES) break
      const cut = complete ? end : MAX_LINE_BYTES
      out.push({ partial: !complete, content: data.subarray(0, cut) })
      data = data.subarray(complete ? cut + 1 : cut)
    }
    this.#rest = data.length > 0 ? Buffer.from(data) : Buffer.alloc(0)
    return out
  }

  /** What was left without a newline when the stream ended. */
  end(): { partial: boolean; content: Buffer } | undefined {
    const content = this.#rest
    this.#rest = Buffer.alloc(0)
    return content.length > 0 ? { partial: false, content } : undefined
  }
}
