import type { CommandOptions, RemoteCommand } from '../../../apiserver/http/connector.ts'
import type { RunningContainer } from '../container/pod-surroundings.ts'
import { writeSoon } from './write-soon.ts'

/** A command in a running container. It ends with the container, and with the client that wanted it. */
export const execIn =
  (container: RunningContainer, { command, tty }: CommandOptions): RemoteCommand =>
  async (streams, signal) => {
    const child = await container.startCommand({
      command,
      tty,
      stdin: streams.stdin !== undefined,
      onOutput: (stream, chunk) => writeSoon(streams[tty ? 'stdout' : stream], chunk),
    })
    const kill = () => child.signal('SIGKILL')
    void container.process.exited.then(kill)
    signal.addEventListener('abort', kill, { once: true })
    if (signal.aborted) kill()
    streams.onResize(size => child.resize(size))
    const { stdin } = streams
    if (stdin && child.stdin) {
      stdin.pipe(child.stdin)
      // What the command does not read any more is taken and thrown away, so that the client is not held up.
      child.stdin.once('close', () => stdin.unpipe().resume())
    }
    const { exitCode } = await child.exited
    signal.removeEventListener('abort', kill)
    return exitCode
  }
