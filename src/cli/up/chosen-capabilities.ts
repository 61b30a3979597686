import type { Capability } from '../../kernel/capability.ts'
import { CliError, USAGE_EXIT } from '../../kernel/command.ts'

/** The part that is always there: naming it alone starts the API server and nothing else. */
const API_SERVER = 'apiserver'

/** The capabilities that `--only` names, in the order they start; all of them without it. Throws CliError for a name that is none. */
export function chosenCapabilities(
  capabilities: readonly Capability[],
  only: string | undefined,
): readonly Capability[] {
  if (only === undefined) return capabilities
  const names = only.split(',').map(name => name.trim())
  const known = [API_SERVER, ...capabilities.map(({ name }) => name)]
  for (const name of names)
    if (!known.includes(name))
      throw new CliError(`--only: there is no part ${JSON.stringify(name)}`, {
        hint: `parts are ${known.join(', ')}`,
        exitCode: USAGE_EXIT,
      })
  return capabilities.filter(({ name }) => names.includes(name))
}
