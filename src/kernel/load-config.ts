import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError } from './command.ts'
import type { Config } from './config.ts'

export interface ConfigSources {
  /** Values of flags that were given, by flag name without dashes, or by the path of the setting that a flag sets. */
  flags: Readonly<Record<string, string | true>>
  environment: Readonly<Record<string, string | undefined>>
  /** The configuration file; read when it exists, and required when `fileRequired`. */
  file: string
  fileRequired: boolean
  /** Declared listeners with their default ports. */
  listeners: readonly { name: string; defaultPort: number }[]
  /** Declared settings of capabilities, `capability.setting` → default. */
  settings: Readonly<Record<string, unknown>>
}

const TOP_LEVEL = ['dataDir', 'host', 'advertiseAddress', 'ports', 'ephemeralPorts']

/** Merges the sources: flags over environment (`DRAVE_…`) over `drave.yaml` over defaults. Throws CliError naming file, line or variable. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const file = await readConfigFile(sources)
  const pick = (flag: string, variable: string, key: string): unknown =>
    sources.flags[flag] ?? sources.environment[variable] ?? file[key]

  const ports = new Map<string, number>()
  const filePorts = (file.ports ?? {}) as Record<string, unknown>
  const ephemeralPorts = truth(
    pick('ephemeral-ports', 'DRAVE_EPHEMERAL_PORTS', 'ephemeralPorts'),
    'ephemeralPorts',
  )
  for (const { name, defaultPort } of sources.listeners) {
    const flag = `${name}-port`
    const variable = `DRAVE_${name.toUpperCase().replaceAll('-', '_')}_PORT`
    const given = sources.flags[flag] ?? sources.environment[variable] ?? filePorts[name]
    ports.set(name, given === undefined ? (ephemeralPorts ? 0 : defaultPort) : portNumber(given, flag))
  }
  for (const name of Object.keys(filePorts))
    if (!ports.has(name))
      throw new CliError(`${sources.file}: ports.${name}: there is no listener "${name}"`, {
        hint: `listeners are ${[...ports.keys()].join(', ')}`,
      })

  const advertised = pick('advertise-address', 'DRAVE_ADVERTISE_ADDRESS', 'advertiseAddress')
  return {
    dataDir: resolve(String(pick('data-dir', 'DRAVE_DATA_DIR', 'dataDir') ?? './.drave')),
    host: String(pick('host', 'DRAVE_HOST', 'host') ?? '127.0.0.1'),
    advertiseAddress: advertised === undefined ? undefined : String(advertised),
    ephemeralPorts,
    port(listener) {
      const port = ports.get(listener)
      if (port === undefined) throw new Error(`no listener "${listener}" is declared`)
      return port
    },
    get(path) {
      const [capability = '', setting = ''] = path.split('.', 2)
      const variable = `DRAVE_${path
        .replaceAll('.', '_')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toUpperCase()}`
      const section = file[capability]
      const inFile =
        typeof section === 'object' && section !== null
          ? ((section as Record<string, unknown>)[path.slice(capability.length + 1)] ??
            (section as Record<string, unknown>)[setting])
          : undefined
      return (
        sources.flags[path] ?? sources.environment[variable] ?? inFile ?? sources.settings[path] ?? file[path]
      )
    },
  }
}

async function readConfigFile(sources: ConfigSources): Promise<Record<string, unknown>> {
  if (!existsSync(sources.file)) {
    if (sources.fileRequired) throw new CliError(`configuration file ${sources.file} does not exist`)
    return {}
  }
  const { LineCounter, parseDocument } = await import('yaml')
  const lineCounter = new LineCounter()
  const document = parseDocument(readFileSync(sources.file, 'utf8'), { lineCounter, prettyErrors: false })
  const at = (offset: number) => `${sources.file}:${lineCounter.linePos(offset).line}`
  const [error] = document.errors
  if (error) throw new CliError(`${at(error.pos[0])}: ${error.message}`)
  let value: unknown
  try {
    value = document.toJS()
  } catch (failure) {
    // An alias without its anchor, or more aliases than anybody writes.
    throw new CliError(`${sources.file}: ${(failure as Error).message}`)
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new CliError(`${sources.file}: must be a mapping`)
  const settings = Object.keys(sources.settings)
  for (const [key, entry] of Object.entries(value)) {
    const known = TOP_LEVEL.includes(key) || settings.some(name => name.startsWith(`${key}.`))
    if (!known)
      throw new CliError(`${lineOf(key)}: unknown setting "${key}"`, {
        hint: `known: ${[...TOP_LEVEL, ...settings].join(', ')}`,
      })
    if (TOP_LEVEL.includes(key)) continue
    if (typeof entry !== 'object' || entry === null)
      throw new CliError(`${lineOf(key)}: "${key}" must be a mapping`)
    for (const name of Object.keys(entry))
      if (!settings.includes(`${key}.${name}`))
        throw new CliError(`${lineOf(key, name)}: unknown setting "${key}.${name}"`, {
          hint: `known: ${settings.filter(setting => setting.startsWith(`${key}.`)).join(', ')}`,
        })
  }
  return value as Record<string, unknown>

  function lineOf(...path: string[]): string {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
    return node?.range ? at(node.range[0]) : sources.file
  }
}

function truth(value: unknown, name: string): boolean {
  if (value === undefined || value === false || value === 'false' || value === '0' || value === '')
    return false
  if (value === true || value === 'true' || value === '1') return true
  throw new CliError(`${name} must be true or false, not ${JSON.stringify(value)}`)
}

function portNumber(value: unknown, name: string): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new CliError(`${name} must be a port number from 0 to 65535, not ${JSON.stringify(value)}`)
}
