import type { Client } from '../../../kernel/client.ts'
import { Secret } from '../../../kube/generated/core-v1.ts'
import { type Argument, ArgumentError } from './arguments.ts'

export interface ReadArguments {
  values: ReadonlyMap<string, string>
  /** Values that must not be shown. */
  secrets: readonly string[]
}

/** The values of a run's arguments, Secrets read. Throws ArgumentError for what is not there. */
export async function readArguments(
  client: Client,
  namespace: string,
  args: readonly Argument[],
): Promise<ReadArguments> {
  const values = new Map<string, string>()
  const secrets: string[] = []
  for (const { name, value, valueFrom } of args) {
    const ref = valueFrom?.secretKeyRef
    if (ref && value !== undefined) throw new ArgumentError(`arg ${name} has both value and valueFrom`)
    if (!ref) {
      if (value === undefined) throw new ArgumentError(`args.${name} was not resolved`)
      values.set(name, value)
      continue
    }
    const secret = await client.find(Secret, { name: ref.name, namespace })
    if (!secret) throw new ArgumentError(`arg ${name}: Secret "${ref.name}" not found`)
    const encoded = secret.data?.[ref.key]
    if (encoded === undefined)
      throw new ArgumentError(`arg ${name}: Secret "${ref.name}" has no key "${ref.key}"`)
    const content = Buffer.from(encoded, 'base64').toString()
    values.set(name, content)
    if (content !== '') secrets.push(content)
  }
  return { values, secrets }
}

export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => shown.replaceAll(secret, '*****'), text)
