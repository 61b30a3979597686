import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Clock } from '../../../lib/clock.ts'
import { type Git, GitError } from './git-command.ts'

export interface GitObject {
  id: string
  type: string
  sizeBytes: number
  /** Present when the content was asked for and is not larger than the limit. */
  content?: Buffer
}

interface Request {
  wantsContent: boolean
  maxBytes: number
  resolve(object: GitObject | undefined): void
  reject(error: Error): void
}

const NEWLINE = 0x0a

/**
 * One `git cat-file --batch-command` process over a repository: answers in order, started when first asked,
 * ended after a while without questions.
 */
export class ObjectReader implements Disposable {
  readonly #git: Git
  readonly #directory: string
  readonly #clock: Clock
  readonly #idleMs: number
  #child: ChildProcessWithoutNullStreams | undefined
  #idle: Disposable | undefined
  #requests: Request[] = []
  #chunks: Buffer[] = []
  #buffered = 0
  /** Set while the content of the first request is being received. */
  #header: GitObject | undefined

  constructor(parts: { git: Git; directory: string; clock: Clock; idleMs: number }) {
    this.#git = parts.git
    this.#directory = parts.directory
    this.#clock = parts.clock
    this.#idleMs = parts.idleMs
  }

  /** What a revision expression names, or undefined where there is no such object. */
  info(expression: string): Promise<GitObject | undefined> {
    return this.#ask('info', expression, 0)
  }

  /** An object with its content; `content` is left out when it is larger than `maxBytes`. */
  contents(expression: string, maxBytes: number): Promise<GitObject | undefined> {
    return this.#ask('contents', expression, maxBytes)
  }

  get isBusy(): boolean {
    return this.#requests.length > 0
  }

  #ask(command: string, expression: string, maxBytes: number): Promise<GitObject | undefined> {
    if (expression.includes('\n')) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const child = this.#running()
      this.#git.readers.use(this)
      this.#requests.push({ wantsContent: command === 'contents', maxBytes, resolve, reject })
      child.stdin.write(`${command} ${expression}\n`)
    })
  }

  #running(): ChildProcessWithoutNullStreams {
    this.#idle?.[Symbol.dispose]()
    this.#idle = undefined
    if (this.#child) return this.#child
    const child = this.#git.start(['cat-file', '--batch-command'], { directory: this.#directory })
    this.#child = child
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child === child) this.#receive(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-2000)
    })
    child.stdin.on('error', () => {})
    const ended = (reason: string) => {
      if (this.#child === child) this.#end(new GitError(`git cat-file: ${reason}`))
    }
    child.on('error', error => ended(error.message))
    child.on('close', () => ended(stderr.trim() || 'ended'))
    return child
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    // Joining is only worth it when a whole answer may be there.
    if (this.#header && this.#buffered <= this.#header.sizeBytes) return
    let buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    for (let rest = this.#consume(buffer); rest; rest = this.#consume(buffer)) buffer = rest
    this.#chunks = buffer.length > 0 ? [buffer] : []
    this.#buffered = buffer.length
    if (this.#requests.length === 0) this.#startIdling()
  }

  /** Takes one header or one content from the front; undefined when it is not all there yet. */
  #consume(buffer: Buffer): Buffer | undefined {
    const request = this.#requests[0]
    if (!request) return undefined
    if (this.#header) {
      const { sizeBytes } = this.#header
      if (buffer.length < sizeBytes + 1) return undefined
      const object = this.#header
      // A copy, so that a small file does not keep a large chunk alive.
      if (sizeBytes <= request.maxBytes) object.content = Buffer.from(buffer.subarray(0, sizeBytes))
      this.#answer(object)
      return buffer.subarray(sizeBytes + 1)
    }
    const end = buffer.indexOf(NEWLINE)
    if (end < 0) return undefined
    const rest = buffer.subarray(end + 1)
    const [id = '', type = '', size] = buffer.toString('utf8', 0, end).split(' ')
    if (size === undefined || !/^\d+$/.test(size)) {
      // `NAME missing` or `NAME ambiguous`; a name with blanks is never asked for.
      this.#answer(undefined)
      return rest
    }
    this.#header = { id, type, sizeBytes: Number(size) }
    if (!request.wantsContent) this.#answer(this.#header)
    return rest
  }

  #answer(object: GitObject | undefined): void {
    this.#header = undefined
    this.#requests.shift()?.resolve(object)
  }

  #startIdling(): void {
    this.#idle?.[Symbol.dispose]()
    this.#idle = this.#clock.after(this.#idleMs, () => {
      if (this.#requests.length === 0) this[Symbol.dispose]()
    })
  }

  #end(error: Error): void {
    const waiting = this.#requests
    this.#git.readers.remove(this)
    this.#child = undefined
    this.#requests = []
    this.#chunks = []
    this.#buffered = 0
    this.#header = undefined
    for (const request of waiting) request.reject(error)
  }

  [Symbol.dispose](): void {
    this.#idle?.[Symbol.dispose]()
    this.#idle = undefined
    const child = this.#child
    if (!child) return
    this.#end(new GitError('git cat-file: closed'))
    child.stdin.end()
    child.kill()
  }
}
