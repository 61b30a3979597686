import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { TerminalSize } from '../../../apiserver/http/connector.ts'
import { ExecutableError } from './executable.ts'

// Node has no pseudo-terminals; util-linux's script(1) makes one and copies between it and its own pipes.
const SCRIPT = ['/usr/bin/script', '/bin/script']
const SHELL = '/bin/sh'
/** Two short lines. */
const MAX_REPORT = 256

interface Launch {
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
}

/** The same program in a new terminal. It reports the terminal's name and its own number on descriptor 3. Throws ExecutableError. */
export function inTerminal({ file, args, env }: Launch): Launch {
  const script = process.platform === 'linux' ? SCRIPT.find(path => existsSync(path)) : undefined
  if (!script)
    throw new ExecutableError(
      "a terminal needs script(1) of util-linux, which this host does not have: go without `tty` (kubectl's -t)",
    )
  const line = `tty >&3; echo $$ >&3; exec 3>&-; exec ${[file, ...args].map(quoted).join(' ')}`
  return {
    file: script,
    args: ['--quiet', '--return', '--flush', '--echo', 'always', '--command', line, '/dev/null'],
    // As container runtimes set it. The line is one for this shell, whatever the container's own is.
    env: { TERM: 'xterm', ...env, SHELL },
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** The terminal of a process that `inTerminal` started. */
export class Terminal {
  /** The process in the terminal, which leads a group of its own; known as soon as it runs. */
  leader: number | undefined
  #name: string | undefined
  #size: TerminalSize | undefined

  constructor(report: Readable) {
    let text = ''
    report.on('data', (chunk: Buffer) => {
      if (text.length < MAX_REPORT) text += chunk.toString()
      const match = /^(\/dev\/\S+)\n(\d+)\n/.exec(text)
      if (!match || this.#name) return
      this.#name = match[1]
      this.leader = Number(match[2])
      if (this.#size) this.resize(this.#size)
    })
    report.on('error', () => {})
  }

  resize(size: TerminalSize): void {
    this.#size = size
    if (!this.#name) return
    const { columns, rows } = size
    const args = ['-F', this.#name, 'columns', String(columns), 'rows', String(rows)]
    // It fails only when the terminal has gone meanwhile.
    execFile('stty', args, () => {})
  }
}
