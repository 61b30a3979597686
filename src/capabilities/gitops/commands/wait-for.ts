import type { Client } from '../../../kernel/client.ts'
import { CliError, USAGE_EXIT } from '../../../kernel/command.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

export interface Wait<T> {
  kind: Kind<T & KubeObject>
  ref: { name: string; namespace?: string | undefined }
  /** What is awaited, for the message when it does not come. */
  what: string
  isOver(object: T): boolean
  seconds: number
  signal: AbortSignal
}

/** Follows an object until something holds of it, and returns it. Throws CliError after the time, or when the object is deleted. */
export async function waitFor<T extends KubeObject>(client: Client, wait: Wait<T>): Promise<T> {
  const { kind, ref, what, isOver, seconds, signal } = wait
  const first = await client.get(kind, ref)
  if (isOver(first)) return first
  const timeout = AbortSignal.timeout(seconds * 1000)
  const options = {
    namespace: ref.namespace,
    fieldSelector: `metadata.name=${ref.name}`,
    resourceVersion: first.metadata.resourceVersion,
  }
  try {
    for await (const event of client.watch(kind, options, AbortSignal.any([signal, timeout]))) {
      if (event.type === 'DELETED')
        throw new CliError(`${kind.kind} ${ref.name} was deleted while waiting for ${what}`)
      if (event.type !== 'BOOKMARK' && isOver(event.object)) return event.object
    }
  } catch (error) {
    if (!timeout.aborted) throw error
  }
  signal.throwIfAborted()
  const last = await client.get(kind, ref)
  if (isOver(last)) return last
  throw new CliError(`waited ${seconds} s in vain for ${what}`, {
    hint: `look at it with: kubectl get ${kind.plural}.${kind.group} ${ref.name}${ref.namespace ? ` -n ${ref.namespace}` : ''} -o yaml`,
  })
}

/** Seconds of a `--timeout` flag. */
export function timeoutSeconds(text: string | undefined): number {
  const match = /^(\d+)(s|m)?$/.exec(text ?? '60s')
  if (!match)
    throw new CliError(`--timeout ${text} is not a duration`, {
      hint: 'for example 30s or 2m',
      exitCode: USAGE_EXIT,
    })
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1)
}
