import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The data directory that a verb means: flag over environment over the configuration file over `./.drave`. */
export async function dataDirOf(flags: ReadonlyMap<string, readonly string[]>): Promise<string> {
  const named =
    flags.get('data-dir')?.[0] ??
    process.env.DRAVE_DATA_DIR ??
    (await fromFile(flags.get('config')?.[0] ?? 'drave.yaml'))
  return resolve(named ?? '.drave')
}

/** `dataDir` of the file, where there is one; what is wrong with the file is `up`'s to say. */
async function fromFile(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  const { parseDocument } = await import('yaml')
  const value: unknown = parseDocument(readFileSync(file, 'utf8')).get('dataDir')
  return typeof value === 'string' ? value : undefined
}
