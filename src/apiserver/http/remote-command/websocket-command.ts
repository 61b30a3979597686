import type { CommandOptions, RemoteCommand } from '../connector.ts'
import type { Exchange } from '../handler.ts'
import { acceptWebSocket } from '../websocket/accept.ts'
import { WebSocketChannels } from '../websocket/channels.ts'
import { ended } from './ended.ts'
import { errorText, outcomeOf } from './outcome.ts'
import { readSizes } from './terminal-sizes.ts'

const PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
]
const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
const RESIZE = 4

/** Runs a command whose streams are channels of a WebSocket: KEP-4006, and what came before it. */
export async function commandOverWebSocket(
  exchange: Exchange,
  run: RemoteCommand,
  options: CommandOptions,
): Promise<void> {
  using accepted = await acceptWebSocket(exchange, PROTOCOLS)
  const { webSocket, protocol, signal } = accepted
  const channels = new WebSocketChannels(webSocket, protocol)
  const sizes = channels.readable(RESIZE)
  const [stdout, stderr, error] = [STDOUT, STDERR, ERROR].map(channel => channels.writable(channel))
  // Upstream says with an empty message that the command is about to start.
  ;(options.stdout ? stdout : options.stderr ? stderr : error)?.write(Buffer.alloc(0))
  const outcome = await outcomeOf(
    run,
    {
      stdin: options.stdin ? channels.readable(STDIN) : undefined,
      stdout: options.stdout ? stdout : undefined,
      stderr: options.stderr ? stderr : undefined,
      onResize: listener => readSizes(sizes, listener),
    },
    signal,
  )
  await Promise.all([stdout, stderr].map(stream => stream && ended(stream)))
  const text = errorText(outcome, protocol)
  if (text !== '') error?.write(text)
  if (error) await ended(error)
}
