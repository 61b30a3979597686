import type { CommandContext } from '../kernel/command.ts'

/** Prints a value as `-o json` or `-o yaml` asks. */
export async function printValue(context: CommandContext, value: unknown): Promise<void> {
  if (context.output === 'json') context.print(JSON.stringify(value))
  // Loaded only here: most verbs start faster without it.
  else context.print((await import('yaml')).stringify(value))
}
