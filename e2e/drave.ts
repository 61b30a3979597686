import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
export const main = new URL('../dist/main.js', import.meta.url).pathname

/** A stack of the built program in a folder of its own. */
export class Drave implements AsyncDisposable {
  readonly folder: string
  readonly dataDir: string
  #process: ChildProcess | undefined
  #output = ''

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'drave-e2e-'))
    this.dataDir = join(this.folder, '.drave')
  }

  /** Runs `drave up` with the flags and resolves when it has printed `Ready.`. */
  async up(...flags: string[]): Promise<void> {
    this.#output = ''
    const child = spawn(process.execPath, [main, 'up', '--ephemeral-ports', ...flags], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString()
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    await until('Ready.', () => {
      if (child.exitCode !== null) throw new Fatal(`drave up ended with ${child.exitCode}: ${this.#output}`)
      return /^Ready\. \(\d+ ms\)$/m.test(this.#output)
    })
  }

  /** Everything that `up` has printed. */
  get output(): string {
    return this.#output
  }
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  endpoint(name: string): string {
    const endpoints = JSON.parse(readFileSync(join(this.dataDir, 'endpoints.json'), 'utf8')) as Record<
      string,
      string
    >
    const url = endpoints[name]
    if (!url) throw new Error(`no endpoint ${name} in ${Object.keys(endpoints).join(', ')}`)
    return url
  }

  /** Runs a verb of the built program; rejects with its standard error when it fails. */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await exec(process.execPath, [main, ...args], {
      cwd: this.folder,
      env: { ...process.env, DRAVE_DATA_DIR: this.dataDir },
    })
    return stdout
  }

  /** Runs a verb that should fail; resolves to its exit code and standard error. */
  async fail(...args: string[]): Promise<{ code: number; stderr: string }> {
    try {
      await this.run(...args)
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string }
      return { code, stderr }
    }
    throw new Error(`drave ${args.join(' ')} should have failed`)
  }

  kubectl(...args: string[]): Promise<string> {
    return this.kubectlOf('kubectl', ...args)
  }

  async kubectlOf(program: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, KUBECONFIG: join(this.dataDir, 'kubeconfig'), HOME: this.folder }
    const { stdout } = await exec(program, args, { cwd: this.folder, env, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  }

  async kubectlFails(...args: string[]): Promise<string> {
    try {
      await this.kubectl(...args)
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
    throw new Error(`kubectl ${args.join(' ')} should have failed`)
  }

  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, '-o', 'json')) as T
  }

  /** kill -9, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
    child.kill(signal)
    await ended
    return child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Ends `until` at once. */
export class Fatal extends Error {
  override name = 'Fatal'
}

/** Resolves with the first truthy value of the probe; errors of the probe count as not yet. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seconds = 60,
): Promise<Exclude<T, undefined | null | false | ''>> {
  const deadline = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const value = await probe()
      if (value) return value as Exclude<T, undefined | null | false | ''>
      last = value
    } catch (error) {
      if (error instanceof Fatal) throw error
      last = error
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(
    `waited ${seconds} s in vain for ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  )
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One HTTP request, with a Host and cookies where wanted. */
export function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, timeout: 15_000 }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
      response.on('error', reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', reject)
    outgoing.end()
  })
}
