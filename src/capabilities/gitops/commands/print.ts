import type { CommandContext } from '../../../kernel/command.ts'
import { structured } from '../../../kernel/structured-output.ts'

/** Prints a value as JSON or YAML, or the text for people. */
export function printAs(context: CommandContext, value: unknown, text: () => string): void {
  context.print(context.output === 'text' ? text() : structured(context.output, value))
}

/** The JSON answer of the Git server at a path. Throws CliError for a refusal. */
export async function fetchAnswer<T>(context: CommandContext, path: string): Promise<T | undefined> {
  const response = await fetch(`${await context.endpoint('git')}/-/${path}`, { signal: context.signal })
  if (response.status === 404) return undefined
  if (!response.ok) throw new Error(`the Git server answered ${response.status}: ${await response.text()}`)
  // The server of the same version writes what this verb reads.
  return (await response.json()) as T
}
