import { stringify } from 'yaml'
import type { CommandContext } from './command.ts'

/** A value as `-o json` or `-o yaml` prints it. Who manages which field is left out of objects, as kubectl does. */
export const structured = (output: CommandContext['output'], value: unknown): string => {
  const shown = withoutManagedFields(value)
  return output === 'yaml' ? stringify(shown).trimEnd() : JSON.stringify(shown, null, 2)
}

function withoutManagedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields)
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return value
  const { metadata, ...rest } = value
  if (typeof metadata !== 'object' || metadata === null) return value
  const { managedFields: _managedFields, ...kept } = metadata as Record<string, unknown>
  return { ...rest, metadata: kept }
}
