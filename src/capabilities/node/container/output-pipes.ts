import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'

/** The named pipes (fifo(7)) that a container's output goes through. */
export interface OutputPipes {
  stdout: string
  stderr: string
}

/**
 * Whether output can go through pipes that outlive this process: Linux lets a writer hold both ends open. Not in a
 * worker thread, which at its end closes every descriptor that was opened in it, also those that a socket has closed.
 * Nor without mkfifo(1), since Node cannot make them.
 */
export const hasNamedPipes = process.platform === 'linux' && isMainThread && isOnPath('mkfifo')

function isOnPath(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some(folder => folder !== '' && existsSync(join(folder, program)))
}

/**
 * Opens pipes for a new process. Its ends are open for reading too, so that it is not told of a broken pipe when this
 * process is killed: it goes on, and waits once a pipe is full, until a later one reads on.
 */
export function openPipes(pipes: OutputPipes) {
  const ends = [openSync(pipes.stdout, 'r+'), openSync(pipes.stderr, 'r+')] as const
  return {
    ends,
    ...readPipes(pipes),
    /** Once the process has its ends, ours must not hold the pipes open. */
    closeEnds() {
      for (const end of ends) closeSync(end)
    },
  }
}

/** Our ends of the pipes; they end when nobody has the others any more. */
export function readPipes({ stdout, stderr }: OutputPipes): { stdout: Readable; stderr: Readable } {
  const reader = (file: string) => {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const socket = new Socket({ fd, readable: true, writable: false })
    socket.on('error', () => {})
    return socket
  }
  return { stdout: reader(stdout), stderr: reader(stderr) }
}
