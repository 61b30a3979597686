import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { CliError } from '../command.ts'

/** A stanza of a kubeconfig: a cluster, a user or a context. */
export type Stanza = Readonly<Record<string, unknown>>

/** What several kubeconfig files come to. */
export interface Kubeconfig {
  /** The files, for messages. */
  source: string
  currentContext: string
  clusters: ReadonlyMap<string, Stanza>
  users: ReadonlyMap<string, Stanza>
  contexts: ReadonlyMap<string, Stanza>
}

/** Fields that name files, and are meant from the folder of the kubeconfig that has them. */
const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/**
 * Reads files of `client.authentication`'s sibling `clientcmd/api/v1` and merges them as client-go does: the first file
 * to name a cluster, user or context, or to choose a context, wins. Throws CliError for a file that is no kubeconfig;
 * those that are missing are passed over unless they are required.
 */
export async function mergeKubeconfigs(
  files: readonly string[],
  { required }: { required: boolean },
): Promise<Kubeconfig> {
  const merged = {
    source: files.join(':'),
    currentContext: '',
    clusters: new Map<string, Stanza>(),
    users: new Map<string, Stanza>(),
    contexts: new Map<string, Stanza>(),
  }
  let found = 0
  for (const file of files) {
    const config = await readOne(file, required)
    if (!config) continue
    found++
    merged.currentContext ||= textOf(config['current-context']) ?? ''
    const lists = [
      ['clusters', 'cluster'],
      ['users', 'user'],
      ['contexts', 'context'],
    ] as const
    for (const [list, key] of lists)
      for (const [name, stanza] of stanzas(config[list], key))
        if (!merged[list].has(name)) merged[list].set(name, withPaths(stanza, dirname(file)))
  }
  if (found === 0)
    throw new CliError(`no kubeconfig: ${files.join(', ')} ${files.length > 1 ? 'do' : 'does'} not exist`, {
      hint: 'name one with --kubeconfig FILE, or set KUBECONFIG',
    })
  return merged
}

async function readOne(file: string, required: boolean): Promise<Stanza | undefined> {
  const { parse } = await import('yaml')
  try {
    const value: unknown = parse(readFileSync(file, 'utf8')) ?? {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new Error('is not a mapping')
    return value as Stanza
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CliError(`kubeconfig ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function* stanzas(list: unknown, key: string): Generator<[string, Stanza]> {
  if (!Array.isArray(list)) return
  for (const entry of list as Stanza[]) {
    const stanza = entry?.[key]
    if (typeof entry?.name === 'string' && typeof stanza === 'object' && stanza !== null)
      yield [entry.name, stanza as Stanza]
  }
}

function withPaths(stanza: Stanza, folder: string): Stanza {
  const result: Record<string, unknown> = { ...stanza }
  for (const field of PATHS) {
    const path = textOf(stanza[field])
    if (path) result[field] = resolve(folder, path)
  }
  const exec = stanza.exec as Stanza | undefined
  const command = textOf(exec?.command)
  // A bare name is looked for in PATH.
  if (command?.includes('/') && !isAbsolute(command))
    result.exec = { ...exec, command: resolve(folder, command) }
  return result
}

/** A text that says something. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
