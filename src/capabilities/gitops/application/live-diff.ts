import type { Kernel } from '../../../kernel/capability.ts'
import { diffObject, type ObjectDiff } from '../diff/object-diff.ts'
import { gitopsOf } from '../gitops.ts'
import type { Application } from '../kinds/generated/application.ts'
import { viewOf } from './application-view.ts'
import { withoutServerFields } from './comparison.ts'
import { SourceError, SourcePending } from './desired-state.ts'
import { LiveState } from './live-state.ts'

/** What a sync would change of an Application's live objects, or the reason why that is not known. */
export async function liveDiff(
  kernel: Kernel,
  app: Application,
): Promise<{ differences: ObjectDiff[]; error?: string }> {
  const { client, informers } = kernel
  const { sources, renderCache, comparison } = gitopsOf(kernel)
  using live = new LiveState(informers, () => {})
  try {
    const { compared } = await viewOf({ client, informers, sources, renderCache, comparison, live }, app)
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
