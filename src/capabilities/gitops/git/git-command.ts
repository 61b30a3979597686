import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { RunningReaders } from './running-readers.ts'

/** A git command that failed: its exit code and what it wrote to standard error. */
export class GitError extends Error {
  override name = 'GitError'
  readonly exitCode: number | undefined

  constructor(message: string, exitCode?: number, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export interface GitRunOptions {
  /** The bare repository (or work tree, with `isWorkTree`) to run in. */
  directory?: string
  isWorkTree?: boolean
  input?: string | Uint8Array
  environment?: Record<string, string>
  timeoutMs?: number
  maxOutputBytes?: number
  signal?: AbortSignal
  /** Exit codes that are answers, not failures. Default only 0. */
  accept?: readonly number[]
}

export interface GitResult {
  exitCode: number
  stdout: Buffer
  stderr: string
}

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_OUTPUT_BYTES = 64 * 1024 * 1024
const STDERR_BYTES = 16 * 1024
/** Processes kept open to read objects, over all repositories. */
const MAX_READERS = 32

/** Passed on from the environment: where programs are, how to reach hosts. Nothing that configures git itself. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
]

/** Runs the git command line: without a shell, without anybody's configuration, hooks or prompts. */
export class Git {
  readonly readers = new RunningReaders(MAX_READERS)
  readonly #prefix: readonly string[]

  /** `allowFile` permits `file://` URLs and paths as remotes. */
  constructor({ allowFile = false }: { allowFile?: boolean } = {}) {
    const settings = [
      'core.hooksPath=/dev/null',
      'core.fsmonitor=false',
      // The data directory may belong to another user id than this process, for instance on a mounted volume.
      'safe.directory=*',
      'credential.helper=',
      'gc.auto=0',
      'gc.autoDetach=false',
      'maintenance.auto=false',
      // Loose objects of a small push are made durable with one flush for all of them.
      'core.fsync=committed,loose-object',
      'core.fsyncMethod=batch',
      'protocol.allow=never',
      'protocol.http.allow=always',
      'protocol.https.allow=always',
      'protocol.ssh.allow=always',
      ...(allowFile ? ['protocol.file.allow=always'] : []),
    ]
    this.#prefix = settings.flatMap(setting => ['-c', setting])
  }

  /** Starts git and leaves its streams to the caller. */
  start(args: readonly string[], options: GitRunOptions = {}): ChildProcessWithoutNullStreams {
    const where = options.directory
      ? options.isWorkTree
        ? ['-C', options.directory]
        : [`--git-dir=${options.directory}`]
      : []
    return spawn('git', [...this.#prefix, ...where, ...args], {
      stdio: 'pipe',
      env: { ...baseEnvironment(), ...options.environment },
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
    })
  }

  /** Runs git to its end. Throws GitError for an exit code that is not accepted, a timeout, or too much output. */
  async run(args: readonly string[], options: GitRunOptions = {}): Promise<GitResult> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const maxBytes = options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES
    const child = this.start(args, { ...options, timeoutMs })
    const name = `git ${args.find((arg, index) => arg !== '-c' && args[index - 1] !== '-c') ?? ''}`
    return await new Promise<GitResult>((resolve, reject) => {
      const stdout: Buffer[] = []
      let bytes = 0
      let stderr = ''
      let refusal: GitError | undefined
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxBytes) {
          refusal ??= new GitError(`${name}: more than ${maxBytes} bytes of output`)
          child.kill('SIGKILL')
        } else stdout.push(chunk)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        if (stderr.length < STDERR_BYTES) stderr += chunk.toString('utf8')
      })
      // A command that ends before it has read its input breaks the pipe; its exit code says why.
      child.stdin.on('error', () => {})
      child.on('error', error => {
        if (options.signal?.aborted) reject(options.signal.reason)
        else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          reject(new GitError('the git command is not installed or not in PATH', undefined, { cause: error }))
        else reject(new GitError(`${name}: ${error.message}`, undefined, { cause: error }))
      })
      child.on('close', (code, killedBy) => {
        if (refusal) reject(refusal)
        else if (code === null)
          reject(new GitError(`${name}: ended by ${killedBy ?? 'a signal'} (limit ${timeoutMs} ms)`))
        else if ((options.accept ?? [0]).includes(code))
          resolve({ exitCode: code, stdout: Buffer.concat(stdout), stderr })
        else reject(new GitError(`${name}: ${essence(stderr) || `exit code ${code}`}`, code))
      })
      child.stdin.end(options.input)
    })
  }

  /** Standard output as text, without the last line break. */
  async text(args: readonly string[], options: GitRunOptions = {}): Promise<string> {
    return (await this.run(args, options)).stdout.toString('utf8').replace(/\n$/, '')
  }

  /** Throws GitError when git is absent or older than `merge-tree --write-tree` needs (2.38). */
  async requireVersion(): Promise<string> {
    const version = /(\d+)\.(\d+)(?:\.\d+)*/.exec(await this.text(['version']))
    const [number = 'unknown', major, minor] = version ?? []
    if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 38))
      throw new GitError(`git ${number} is too old: 2.38 or newer is needed`)
    return number
  }
}

function baseEnvironment(): Record<string, string> {
  const passed = PASSED_ON.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  }
}

/** The lines of git's standard error that say what is wrong, on one line. */
function essence(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '')
  const telling = lines.filter(line => /^(fatal|error|ERROR|remote|ssh):/.test(line))
  return (telling.length > 0 ? telling : lines)
    .map(line => line.replace(/^(fatal|error): /, ''))
    .join('; ')
    .slice(0, 500)
}
