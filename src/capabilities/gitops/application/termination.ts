import type { Client } from '../../../kernel/client.ts'
import { isNotFound } from '../../../kube/status.ts'
import { finishOperation } from './operation.ts'
import type { OperationState, ResourceResult } from './operation-results.ts'

/** The phase that a person sets to end an operation, as `argocd app terminate-op` does. */
export const TERMINATING = 'Terminating'

/** Ends an operation that somebody wants ended: hooks that still run are deleted, what was applied stays. */
export async function terminateOperation(
  client: Client,
  state: OperationState,
  now: number,
): Promise<OperationState> {
  const resources = await Promise.all(
    (state.syncResult?.resources ?? []).map(async result => {
      if (result.hookPhase !== 'Running') return result
      await deleteHook(client, result)
      return { ...result, hookPhase: 'Failed', message: 'terminated' }
    }),
  )
  const message = 'Operation terminated'
  const syncResult = { revision: '', ...state.syncResult, ...(resources.length > 0 ? { resources } : {}) }
  return finishOperation({ ...state, syncResult }, { phase: 'Failed', message, now })
}

async function deleteHook(
  client: Client,
  { group, version, kind: name, ...ref }: ResourceResult,
): Promise<void> {
  const kind = await client.resolve(group ? `${group}/${version}` : version, name)
  if (!kind) return
  const namespace = ref.namespace || undefined
  try {
    await client.delete(kind, { name: ref.name, namespace }, { propagationPolicy: 'Background' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
