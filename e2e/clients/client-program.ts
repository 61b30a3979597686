import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '../drave.ts'
import type { Toolchain } from './toolchain.ts'

/** A client that runs as a process of its own, and what it has printed. */
export class ClientProgram implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #ended: Promise<number | null>
  #output = ''

  constructor({ command }: Toolchain, args: readonly string[], kubeconfig: string) {
    const [program = '', ...first] = command
    this.#process = spawn(program, [...first, ...args], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString()
    }
    this.#process.stdout?.on('data', keep)
    this.#process.stderr?.on('data', keep)
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once('exit', code => resolve(code))
      this.#process.once('error', reject)
    })
  }

  get output(): string {
    return this.#output
  }

  /** The names of the `ok NAME` lines. */
  get held(): string[] {
    return [...this.#output.matchAll(/^ok (.*)$/gm)].map(([, name = '']) => name)
  }

  says(text: string): Promise<unknown> {
    return until(`${text} from the client, which has said: ${this.#output}`, () => {
      if (this.#process.exitCode !== null) throw new Error(`it ended: ${this.#output}`)
      return this.#output.includes(text)
    })
  }

  continue(): void {
    this.#process.stdin?.write('\n')
  }

  /** Its exit code, once it ends. */
  get ended(): Promise<number | null> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGTERM')
    await this.#ended
  }
}
