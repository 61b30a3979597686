import type { CommandOptions, RemoteCommand } from '../connector.ts'
import type { Exchange } from '../handler.ts'
import { acceptSpdy } from '../spdy/accept.ts'
import type { SpdyStream } from '../spdy/stream.ts'
import { ended } from './ended.ts'
import { errorText, outcomeOf } from './outcome.ts'
import { readSizes } from './terminal-sizes.ts'

// As upstream's kubelet: version 5 is for WebSocket only.
const PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']
/** The client has so long to open its streams. */
const CREATION_MS = 30_000

/** Runs a command whose streams are those of a SPDY connection; the header `streamtype` says what each is. */
export async function commandOverSpdy(
  exchange: Exchange,
  run: RemoteCommand,
  options: CommandOptions,
): Promise<void> {
  const { core } = exchange
  const streams = new Map<string, SpdyStream>()
  const needed = ['error', ...(['stdin', 'stdout', 'stderr'] as const).filter(name => options[name])]
  let complete = () => {}
  const opened = new Promise<true>(resolve => {
    complete = () => resolve(true)
  })
  using accepted = acceptSpdy(exchange, {
    protocols: PROTOCOLS,
    accept(stream) {
      const type = stream.headers.get('streamtype') ?? ''
      if (streams.has(type) || !(needed.includes(type) || type === 'resize')) return false
      streams.set(type, stream)
      // Nothing is read of these, so that their end is seen.
      if (type !== 'stdin' && type !== 'resize') stream.resume()
      const resizes = options.tty && /^v[34]\./.test(accepted.protocol)
      if ([...needed, ...(resizes ? ['resize'] : [])].every(name => streams.has(name))) complete()
      return true
    },
  })
  const { protocol, signal, session } = accepted
  void session.run()
  const late = core.clock.after(CREATION_MS, () => {
    core.hooks.limitHit?.('stream_creation')
    accepted.socket.destroy()
  })
  const gone = new Promise<false>(resolve => signal.addEventListener('abort', () => resolve(false)))
  const isOpen = await Promise.race([opened, gone])
  late[Symbol.dispose]()
  if (!isOpen) return
  const sizes = streams.get('resize')
  const outcome = await outcomeOf(
    run,
    {
      stdin: streams.get('stdin'),
      stdout: streams.get('stdout'),
      stderr: streams.get('stderr'),
      onResize: listener => sizes && readSizes(sizes, listener),
    },
    signal,
  )
  const error = streams.get('error')
  const text = errorText(outcome, protocol)
  if (text !== '') error?.write(text)
  await Promise.all([...streams.values()].map(ended))
}
