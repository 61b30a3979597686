import type { Client } from '../../../kernel/client.ts'
import type { Application } from '../kinds/generated/application.ts'
import { kindPlace } from './kind-order.ts'
import type { LiveState } from './live-state.ts'
import { hasSyncOption } from './target.ts'
import { FINALIZER } from './tracking.ts'

const policies: Readonly<Record<string, 'Foreground' | 'Background'>> = {
  [FINALIZER]: 'Foreground',
  [`${FINALIZER}/foreground`]: 'Foreground',
  [`${FINALIZER}/background`]: 'Background',
}

/** The finalizer by which an Application asks that its objects go with it, and how these are deleted. */
export function cascadeOf(
  app: Application,
): { finalizer: string; policy: 'Foreground' | 'Background' } | undefined {
  for (const finalizer of app.metadata.finalizers ?? []) {
    const policy = policies[finalizer]
    if (policy) return { finalizer, policy }
  }
  return undefined
}

/** Deletes an Application's objects, those applied last first; resolves to how many are still there. */
export async function deleteObjects(
  { client, live }: { client: Client; live: LiveState },
  instance: string,
  propagationPolicy: 'Foreground' | 'Background',
): Promise<number> {
  const objects = live
    .belongingTo(instance)
    .filter(({ object }) => !hasSyncOption(object, 'Delete=false'))
    .sort((a, b) => kindPlace(b.kind.kind) - kindPlace(a.kind.kind))
  for (const { kind, object } of objects) {
    if (object.metadata.deletionTimestamp) continue
    const { name, namespace, uid } = object.metadata
    await client.delete(kind, { name, namespace }, { propagationPolicy, preconditions: { uid } })
    if (propagationPolicy === 'Background') live.noteDeleted(kind, object)
  }
  return live.belongingTo(instance).filter(({ object }) => !hasSyncOption(object, 'Delete=false')).length
}
