import type { Kernel } from '../../../kernel/capability.ts'
import { diffObject, type ObjectDiff } from '../diff/object-diff.ts'
import { gitopsOf } from '../gitops.ts'
import type { Application } from '../kinds/generated/application.ts'
import { compareObjects } from './compared-objects.ts'
import { withoutServerFields } from './comparison.ts'
import { desiredState, SourceError, SourcePending } from './desired-state.ts'
import { LiveState } from './live-state.ts'
import { instanceName } from './tracking.ts'

/** What a sync would change of an Application's live objects, or the reason why that is not known. */
export async function liveDiff(
  kernel: Kernel,
  app: Application,
): Promise<{ differences: ObjectDiff[]; error?: string }> {
  const { client, informers } = kernel
  const { sources, renderCache, comparison } = gitopsOf(kernel)
  const { source, destination, ignoreDifferences } = app.spec
  if (!source) return { differences: [], error: 'spec.source is missing' }
  const instance = instanceName(app.metadata.namespace, app.metadata.name)
  using live = new LiveState(informers, () => {})
  try {
    const { targets } = await desiredState(
      { client, sources, renderCache },
      { source, instance, destinationNamespace: destination.namespace },
    )
    const kinds = await Promise.all(
      (app.status?.resources ?? []).map(({ group, version, kind }) =>
        client.resolve(group ? `${group}/${version}` : (version ?? ''), kind ?? ''),
      ),
    )
    const compared = await compareObjects(
      { client, informers, live, comparison },
      {
        instance,
        targets,
        knownKinds: kinds.filter(kind => kind !== undefined),
        ignoreDifferences,
        respectIgnoreDifferences: false,
      },
    )
    const differences = compared.flatMap(({ live: object, desired, predicted, isSynced }) => {
      if (isSynced) return []
      const after = predicted ? withoutServerFields(predicted) : desired
      return diffObject(object && withoutServerFields(object), after) ?? []
    })
    return { differences }
  } catch (error) {
    if (error instanceof SourceError || error instanceof SourcePending)
      return { differences: [], error: error.message }
    throw error
  }
}
