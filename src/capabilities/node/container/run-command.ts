import type { Clock } from '../../../lib/clock.ts'
import type { RunningCommand, StartCommand } from './container-command.ts'

/** Output kept of a command. */
const MAX_OUTPUT_BYTES = 10 * 1024

export type CommandResult =
  | { kind: 'exited'; exitCode: number; output: string }
  | { kind: 'timeout'; output: string }
  | { kind: 'failed'; message: string }

/** Runs a command in a container (an exec probe or hook); it is killed at the timeout, or when the signal aborts. */
export async function runCommand(
  command: readonly string[],
  start: StartCommand,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal?: AbortSignal },
): Promise<CommandResult> {
  let output = Buffer.alloc(0)
  const onOutput = (_: string, chunk: Buffer) => {
    if (output.length < MAX_OUTPUT_BYTES)
      output = Buffer.concat([output, chunk]).subarray(0, MAX_OUTPUT_BYTES)
  }
  let child: RunningCommand
  try {
    child = await start({ command, stdin: false, tty: false, onOutput })
  } catch (error) {
    return { kind: 'failed', message: (error as Error).message }
  }
  let timedOut = false
  const kill = () => child.signal('SIGKILL')
  const timer = clock.after(timeoutMs, () => {
    timedOut = true
    kill()
  })
  signal?.addEventListener('abort', kill, { once: true })
  if (signal?.aborted) kill()
  const { exitCode } = await child.exited
  timer[Symbol.dispose]()
  signal?.removeEventListener('abort', kill)
  const text = output.toString('utf8').trimEnd()
  return timedOut ? { kind: 'timeout', output: text } : { kind: 'exited', exitCode, output: text }
}
