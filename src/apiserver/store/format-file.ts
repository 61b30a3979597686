import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { syncDirectory } from './log-directory.ts'
import { StoreCorruptError, StoreFormatError } from './log-file.ts'

/** Brings a directory of one format to the next, in place; may be run again where it was cut short. */
export type Migration = (directory: string) => Promise<void>

/** The program that opens a directory. */
export interface StoreProgram {
  /** The format it writes. */
  format: number
  /** Its version, for whoever cannot read what it wrote. */
  version: string
  /** By the format they begin with; one for every format before its own. */
  migrations: ReadonlyMap<number, Migration>
}

const NAME = 'format.json'
/** What was written before there was this file. */
const FIRST_FORMAT = 1

/**
 * Makes a directory one of the program's format, and notes there who wrote it. Throws StoreFormatError for one of a
 * newer format, before anything in it is changed.
 */
export async function settleFormat(directory: string, program: StoreProgram): Promise<void> {
  const path = join(directory, NAME)
  const found = await readFormat(path)
  let format = found?.format ?? FIRST_FORMAT
  if (format > program.format)
    throw new StoreFormatError(
      `${directory} has format ${format}, written by Drave ${found?.writtenBy}; this one, ${program.version}, reads up to ${program.format}. Use that version, or another data directory.`,
    )
  for (; format < program.format; format++) {
    const migrate = program.migrations.get(format)
    if (!migrate)
      throw new StoreFormatError(`${directory} has format ${format}, which nothing brings to the next`)
    await migrate(directory)
    await writeFormat(directory, { format: format + 1, writtenBy: program.version })
  }
  if (found?.writtenBy !== program.version)
    await writeFormat(directory, { format: program.format, writtenBy: program.version })
}

interface FormatFile {
  format: number
  writtenBy: string
}

async function readFormat(path: string): Promise<FormatFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    // Errors of node:fs carry a code.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const value = parsed(text)
  if (!isJsonObject(value) || !Number.isInteger(value.format))
    throw new StoreCorruptError(`${path}: this does not say which format the directory has`)
  return { format: Number(value.format), writtenBy: String(value.writtenBy) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The old file stays until the new one is whole. */
async function writeFormat(directory: string, content: FormatFile): Promise<void> {
  const path = join(directory, NAME)
  const temporary = `${path}.drave.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(directory)
}
