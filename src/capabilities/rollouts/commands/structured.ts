import { stringify } from 'yaml'
import type { CommandContext } from '../../../kernel/command.ts'

/** A value as JSON or YAML, as `-o` asks. */
export const structured = (output: CommandContext['output'], value: unknown): string =>
  output === 'yaml' ? stringify(value).trimEnd() : JSON.stringify(value, null, 2)
