import type { Client } from '../../../kernel/client.ts'
import type { CommitTree } from '../git/commit-tree.ts'
import type { Sources } from '../git/sources.ts'
import type { Application } from '../kinds/generated/application.ts'
import { diffObjects, type ObjectDiff } from '../diff/object-diff.ts'
import { instanceName } from '../application/tracking.ts'
import { targetsOf } from '../application/target.ts'
import type { RenderCache } from '../render/render-cache.ts'
import { keyOf } from '../../../kube/object.ts'
import { revisionOf } from '../application/desired-state.ts'
import { DEFAULT_BRANCH } from '../kinds/repository.ts'

/** What merging would change of one Application, or why it cannot be rendered then. */
export interface ApplicationChanges {
  application: string
  differences: ObjectDiff[]
  error?: string
}

export interface ChangeParts {
  client: Client
  sources: Sources
  renderCache: RenderCache
}

export interface ChangeInputs {
  repository: string
  /** The repository's folder, which names its renderings in the cache. */
  directory: string
  targetBranch: string
  defaultBranch: string
  before: CommitTree
  after: CommitTree
  applications: readonly Application[]
}

/** Renders every Application that follows the target branch before and after, and compares object by object. */
export async function renderedChanges(
  parts: ChangeParts,
  inputs: ChangeInputs,
): Promise<ApplicationChanges[]> {
  const concerned = inputs.applications.filter(app => isConcerned(app, parts.sources, inputs))
  const changes = await Promise.all(concerned.map(app => changesOf(parts, inputs, app)))
  return changes.sort((a, b) => (a.application < b.application ? -1 : 1))
}

function isConcerned({ spec }: Application, sources: Sources, inputs: ChangeInputs): boolean {
  if (!spec.source || sources.localName(spec.source.repoURL) !== inputs.repository) return false
  const revision = revisionOf(spec.source)
  const branch = revision === 'HEAD' ? inputs.defaultBranch || DEFAULT_BRANCH : revision
  return branch.replace(/^refs\/heads\//, '') === inputs.targetBranch
}

async function changesOf(
  { client, renderCache }: ChangeParts,
  { directory, before, after }: ChangeInputs,
  app: Application,
): Promise<ApplicationChanges> {
  const application = keyOf(app)
  const { source, destination } = app.spec
  if (!source) return { application, differences: [] }
  const objectsIn = async (tree: CommitTree) => {
    const { manifests } = await renderCache.render(directory, tree, source)
    const { targets } = await targetsOf(manifests, {
      instance: instanceName(app.metadata.namespace, app.metadata.name),
      destinationNamespace: destination.namespace,
      resolve: (apiVersion, kind) => client.resolve(apiVersion, kind),
    })
    return targets.map(target => target.object)
  }
  // A target branch that does not render is no fault of the pull request, which may mend it.
  const old = await objectsIn(before).catch(() => [])
  try {
    return { application, differences: diffObjects(old, await objectsIn(after)) }
  } catch (error) {
    return { application, differences: [], error: error instanceof Error ? error.message : String(error) }
  }
}
