import type { Client } from '../../../kernel/client.ts'
import { GitNameError, withoutCredentials } from '../git/names.ts'
import type { Sources } from '../git/sources.ts'
import type { Source, SourceType } from '../render/render.ts'
import type { RenderCache } from '../render/render-cache.ts'
import { type Target, targetsOf } from './target.ts'

/** The source of an Application cannot be read or rendered; the message names repository, revision and path. */
export class SourceError extends Error {
  override name = 'SourceError'
}

/** Nothing is known of the repository yet: its first fetch is under way. */
export class SourcePending extends Error {
  override name = 'SourcePending'
}

export interface DesiredState {
  commit: string
  sourceType: SourceType
  targets: Target[]
  repeated: string[]
}

export interface DesiredOptions {
  source: Source
  /** Instead of the source's targetRevision. */
  revision?: string | undefined
  instance: string
  destinationNamespace: string | undefined
}

export interface DesiredParts {
  client: Client
  sources: Sources
  renderCache: RenderCache
}

export const revisionOf = (source: Source): string => source.targetRevision || 'HEAD'

const describeSource = (source: Source, revision: string): string =>
  `repository ${withoutCredentials(source.repoURL)}, revision ${revision}, path ${source.path || '.'}`

/** Resolves, renders and places what a source wants. Throws SourceError or SourcePending. */
export async function desiredState(parts: DesiredParts, options: DesiredOptions): Promise<DesiredState> {
  const { source, instance, destinationNamespace } = options
  const revision = options.revision ?? revisionOf(source)
  const state = openSource(parts.sources, source)
  if (state.kind === 'pending')
    throw new SourcePending(`${withoutCredentials(source.repoURL)} is being fetched for the first time`)
  if (state.kind === 'failed') throw new SourceError(state.message)
  const { repository } = state
  try {
    const commit = await repository.resolve(revision)
    if (commit === undefined)
      throw new SourceError(
        `repository ${withoutCredentials(source.repoURL)} has no branch, tag or commit "${revision}"`,
      )
    const tree = await repository.tree(commit)
    const rendered = await parts.renderCache.render(repository.directory, tree, source)
    const { targets, repeated } = await targetsOf(rendered.manifests, {
      instance,
      destinationNamespace,
      resolve: (apiVersion, kind) => parts.client.resolve(apiVersion, kind),
    })
    return { commit, sourceType: rendered.type, targets, repeated }
  } catch (error) {
    if (error instanceof SourceError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new SourceError(`${describeSource(source, revision)}: ${why}`, { cause: error })
  }
}

function openSource(sources: Sources, source: Source) {
  try {
    return sources.open(source.repoURL)
  } catch (error) {
    if (error instanceof GitNameError) throw new SourceError(error.message)
    throw error
  }
}
