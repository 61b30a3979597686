import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../kernel/client.ts'
import { RealClock } from '../kernel/clock.ts'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../kernel/command.ts'
import { lockHolder } from '../kernel/file-data-directory.ts'
import { accessOf } from '../kernel/cluster/kubeconfig.ts'
import { mergeKubeconfigs } from '../kernel/cluster/merge-kubeconfigs.ts'
import { RemoteClient } from '../kernel/cluster/remote-client.ts'
import { ApiError } from '../kube/status.ts'
import { clusterAccess } from './cluster-access.ts'
import { dataDirOf } from './data-dir.ts'
import { globalFlags } from './global-flags.ts'
import { commandHelp, overview } from './help.ts'
import { mostArguments, nearest, parseArguments } from './parse-arguments.ts'

const SUMMARY = 'Drave runs the cloud native stack in one process.'

/** Runs one command line (without `node` and the script) and resolves to its exit code. */
export async function run(
  words: readonly string[],
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<number> {
  const debug = words.includes('--debug')
  try {
    return await dispatch(words, commands, signal)
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 130
    report(error, debug)
    return error instanceof CliError ? error.exitCode : 1
  }
}

async function dispatch(
  words: readonly string[],
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<number> {
  const [first] = words
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    process.stdout.write(`${helpOn(words.slice(1), commands)}\n`)
    return first === undefined ? USAGE_EXIT : 0
  }
  const command = first === '--version' ? findCommand(['version'], commands) : findCommand(words, commands)
  if (!command && (words.includes('--help') || words.includes('-h'))) {
    process.stdout.write(`${helpOn(words, commands)}\n`)
    return 0
  }
  if (!command) throw unknownVerb(words, commands)
  const rest = words.slice(first === '--version' ? 1 : command.path.length)
  const { args, flags } = parseArguments(rest, { ...globalFlags, ...command.flags })
  if (flags.has('help')) {
    process.stdout.write(`${commandHelp(command)}\n`)
    return 0
  }
  refuseSurplus(args, command)
  const dataDir = await dataDirOf({
    flags,
    environment: process.env,
    folder: process.cwd(),
    searchAbove: command.meansThisFolder !== true,
  })
  await using context = new Context({ args, flags, command, signal, dataDir })
  return (await command.run(context)) ?? 0
}

/** The command whose path is the longest prefix of the words. */
function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands
    .filter(command => command.path.every((part, index) => words[index] === part))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

/** Help on the verb that the words name, on all verbs of a noun, or on everything. Throws CliError for words that name nothing. */
function helpOn(words: readonly string[], commands: readonly Command[]): string {
  const wanted = words.filter(word => !word.startsWith('-'))
  if (wanted.length === 0) return overview(commands, SUMMARY)
  const command = findCommand(wanted, commands)
  if (command) return commandHelp(command)
  const ofNoun = commands.filter(({ path }) => path[0] === wanted[0])
  if (wanted.length > 1 || ofNoun.length === 0) throw unknownVerb(wanted, commands)
  return overview(ofNoun, `The verbs of \`drave ${wanted[0]}\`.`)
}

/** A word that no verb reads is a mistake, such as a forgotten `-n` before a namespace. */
function refuseSurplus(args: readonly string[], command: Command): void {
  const surplus = args[mostArguments(command.usage)]
  if (surplus === undefined) return
  const verb = `drave ${command.path.join(' ')}`
  throw new CliError(`\`${verb}\` does not know what to do with "${surplus}"`, {
    hint: `usage: ${[verb, command.usage].filter(Boolean).join(' ')}; see \`${verb} --help\``,
    exitCode: USAGE_EXIT,
  })
}

function unknownVerb(words: readonly string[], commands: readonly Command[]): CliError {
  const [noun = '', verb] = words.filter(word => !word.startsWith('-'))
  const ofNoun = commands.filter(command => command.path[0] === noun)
  const meant =
    verb &&
    nearest(
      verb,
      ofNoun.map(command => command.path[1] ?? ''),
    )
  if (ofNoun.length > 0)
    return new CliError(verb ? `\`drave ${noun}\` has no verb "${verb}"` : `\`drave ${noun}\` needs a verb`, {
      hint: meant
        ? `did you mean \`drave ${noun} ${meant}\`?`
        : `one of: ${ofNoun.map(command => command.path.join(' ')).join(', ')}`,
      exitCode: USAGE_EXIT,
    })
  const near = nearest(noun, [...new Set(commands.map(command => command.path[0] ?? ''))])
  return new CliError(`unknown verb "${noun}"`, {
    hint: near ? `did you mean \`drave ${near}\`?` : 'see `drave --help`',
    exitCode: USAGE_EXIT,
  })
}

function report(error: unknown, debug: boolean): void {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`error: ${message}\n`)
  if (error instanceof CliError && error.hint) process.stderr.write(`hint: ${error.hint}\n`)
  if (error instanceof ApiError && error.reason === 'Unauthorized')
    process.stderr.write('hint: the token or certificate is not accepted by this API server\n')
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`)
}

class Context implements CommandContext, AsyncDisposable {
  readonly args: readonly string[]
  readonly dataDir: string
  readonly output: 'text' | 'json' | 'yaml'
  readonly signal: AbortSignal
  readonly #flags: Map<string, string[]>
  readonly #command: Command
  #client: RemoteClient | undefined

  constructor(parts: {
    args: readonly string[]
    flags: Map<string, string[]>
    command: Command
    signal: AbortSignal
    dataDir: string
  }) {
    const { args, flags, command, signal, dataDir } = parts
    this.args = args
    this.#flags = flags
    this.#command = command
    this.signal = signal
    this.dataDir = dataDir
    const output = flags.get('output')?.[0] ?? 'text'
    if (output !== 'text' && output !== 'json' && output !== 'yaml')
      throw new CliError(`unknown output format "${output}"`, {
        hint: 'use text, json or yaml',
        exitCode: USAGE_EXIT,
      })
    this.output = output
  }

  flag(name: string): string | undefined {
    return this.#flags.get(name)?.[0] ?? this.#command.flags?.[name]?.default
  }
  flags(name: string): readonly string[] {
    return this.#flags.get(name) ?? []
  }
  isSet(name: string): boolean {
    return this.#flags.has(name)
  }
  print(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }
  note(text: string): void {
    process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  async client(): Promise<Client> {
    return this.#connect()
  }

  async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const { transport } = await this.#connect()
    return transport.open({ method: 'GET', path, signal: this.signal })
  }

  async #connect(): Promise<RemoteClient> {
    if (this.#client) return this.#client
    const clock = new RealClock()
    let access = await clusterAccess(this)
    if (!access) {
      this.#requireRunning()
      const own = await mergeKubeconfigs([join(this.dataDir, 'kubeconfig')], { required: true })
      access = accessOf(own, { clock })
    }
    this.#client = new RemoteClient(access, 'cli', clock)
    return this.#client
  }

  async endpoint(name: string): Promise<string> {
    this.#requireRunning()
    const endpoints = JSON.parse(await readFile(join(this.dataDir, 'endpoints.json'), 'utf8')) as Record<
      string,
      string
    >
    const url = endpoints[name]
    if (!url)
      throw new CliError(`the stack has no endpoint "${name}"`, {
        hint: `it has ${Object.keys(endpoints).join(', ')}`,
      })
    return url
  }

  #requireRunning(): void {
    if (lockHolder(this.dataDir) === undefined)
      throw new CliError(`no stack is running on ${this.dataDir}`, {
        hint: 'start one with `drave up`, or name its directory with --data-dir DIR',
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.[Symbol.dispose]()
  }
}
