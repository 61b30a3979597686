import type { Client } from './client.ts'

/** One flag of a verb. A boolean flag takes no value; `many` may be repeated. */
export interface FlagSpec {
  summary: string
  short?: string
  /** The value's placeholder in `--help`; absent for a boolean. */
  value?: string
  default?: string
  many?: boolean
}

export interface CommandContext {
  /** Arguments after the verb, without flags. */
  args: readonly string[]
  flag(name: string): string | undefined
  flags(name: string): readonly string[]
  isSet(name: string): boolean
  /** A client of the running stack (or the cluster that `--context` names); connects when first called. */
  client(): Promise<Client>
  /** Streams the raw answer of a GET to the API, for instance a pod's log. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>
  /** URLs of the running stack's listeners, by name; throws a CliError with a hint when it is not running. */
  endpoint(name: string): Promise<string>
  dataDir: string
  output: 'text' | 'json' | 'yaml'
  /** Standard output: results. */
  print(text: string): void
  /** Standard error: progress and hints. */
  note(text: string): void
  signal: AbortSignal
}

/** A CLI verb, `drave NOUN VERB` or `drave VERB`. `run` resolves to the exit code (0 when undefined). */
export interface Command {
  /** For instance `['pr', 'open']` or `['status']`. */
  path: readonly string[]
  summary: string
  /** The arguments, as `--help` shows them: `NAME [DIRECTORY]`, `[PATH…]`. More of them than it names are refused. */
  usage?: string
  /** The verb means the current folder's `.drave`, and does not look for one in the folders above. */
  meansThisFolder?: true
  examples: readonly string[]
  flags?: Readonly<Record<string, FlagSpec>>
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands just end.
  run(context: CommandContext): Promise<number | void>
}

/** Exit code for a command line that cannot be understood, as in sysexits.h (EX_USAGE). */
export const USAGE_EXIT = 64

/** A failure that the CLI prints as `error: MESSAGE` and `hint: HINT`, without a stack. */
export class CliError extends Error {
  override name = 'CliError'
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exitCode = options.exitCode ?? 1
  }
}
