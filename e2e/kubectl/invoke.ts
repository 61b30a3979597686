import { type ChildProcess, spawn } from 'node:child_process'

export interface Ended {
  code: number | null
  out: string
  err: string
}

/** A program that runs, with what it has printed so far. Disposing ends it. */
export class Running implements Disposable {
  readonly #child: ChildProcess
  #out = ''
  #err = ''
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>

  constructor(program: string, args: readonly string[], { env, input }: Invocation) {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'pipe', timeout: 60_000 })
    this.#child = child
    child.stdout.on('data', chunk => {
      this.#out += chunk
    })
    child.stderr.on('data', chunk => {
      this.#err += chunk
    })
    // Who ends early does not read the rest of its input.
    child.stdin.on('error', () => undefined)
    if (input !== undefined) child.stdin.end(input)
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => resolve({ code, out: this.#out, err: this.#err }))
    })
  }

  get out(): string {
    return this.#out
  }

  /** Resolves with what the pattern finds in standard output; throws where the program ends without it. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#out)
      if (found) return found
      const ended = await Promise.race([
        this.ended,
        new Promise<undefined>(resolve => setTimeout(resolve, 50, undefined)),
      ])
      if (ended) throw new Error(`ended without ${pattern}: ${ended.out}${ended.err}`)
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}

export interface Invocation {
  env: Record<string, string>
  /** Standard input; without it, that stays open. */
  input?: string
}
