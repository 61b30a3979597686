import { join } from 'node:path'
import { CliError, type CommandContext } from '../../../kernel/command.ts'
import { ImageBuildError } from './build-error.ts'
import { ImageLayout, ImageLayoutError } from './layout.ts'
import { ImageReferenceError } from './reference.ts'
import { RegistryError } from './registry/registry-error.ts'

/** The images of a verb's data directory. */
export const layoutOf = (context: CommandContext): ImageLayout =>
  new ImageLayout(join(context.dataDir, 'images'))

/** Turns what users can do something about into errors without a stack. */
export async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ImageBuildError)
      throw new CliError(error.message, { ...(error.hint ? { hint: error.hint } : {}), cause: error })
    const isPlain = [ImageReferenceError, ImageLayoutError, RegistryError].some(kind => error instanceof kind)
    // A file that is not there, or may not be read.
    const isSystem = (error as NodeJS.ErrnoException).code !== undefined && error instanceof Error
    if ((isPlain || isSystem) && !(error instanceof CliError))
      throw new CliError((error as Error).message, { cause: error })
    throw error
  }
}
