import { join } from 'node:path'
import type { Kernel } from '../../kernel/capability.ts'
import { resolveServiceUrl } from '../../kernel/service-url.ts'
import { Comparison } from './application/comparison.ts'
import { Git } from './git/git-command.ts'
import { LocalRepositories } from './git/local-repositories.ts'
import { Sources } from './git/sources.ts'
import { RenderCache } from './render/render-cache.ts'

const CACHED_SOURCES = 5_000
const CACHED_COMPARISONS = 50_000
const MIN_POLL_MS = 250

/** What the parts of this capability share within one kernel. */
export interface Gitops {
  git: Git
  local: LocalRepositories
  sources: Sources
  renderCache: RenderCache
  comparison: Comparison
  tokenFile: string
}

const known = new WeakMap<Kernel, Gitops>()

/** The shared parts, made when first asked for. */
export function gitopsOf(kernel: Kernel): Gitops {
  const existing = known.get(kernel)
  if (existing) return existing
  const { client, clock, config, dataDirectory, metrics } = kernel
  const allowFile = config.get('gitops.allowFileRepositories') === true
  const git = new Git({ allowFile })
  const evictions = metrics.counter({
    name: 'drave_gitops_cache_evictions_total',
    help: 'Entries dropped from a cache of the gitops capability because it was full.',
    labelNames: ['cache'],
  })
  const renders = metrics.counter({
    name: 'drave_gitops_renders_total',
    help: 'Renderings asked for, by whether an earlier result still held.',
    labelNames: ['result'],
  })
  const local = new LocalRepositories({ git, clock, folder: dataDirectory.folder('git/repositories') })
  const gitops: Gitops = {
    git,
    local,
    sources: new Sources({
      git,
      clock,
      local,
      allowFile,
      mirrorFolder: dataDirectory.folder('git/mirrors'),
      pollMs: pollInterval(config.get('gitops.pollInterval')),
      locate: url => resolveServiceUrl(client, url),
    }),
    renderCache: new RenderCache({
      limit: CACHED_SOURCES,
      onEvict: () => evictions.inc({ cache: 'render' }),
      count: result => renders.inc({ result }),
    }),
    comparison: new Comparison(client, {
      limit: CACHED_COMPARISONS,
      onEvict: () => evictions.inc({ cache: 'comparison' }),
    }),
    tokenFile: join(dataDirectory.path, 'token'),
  }
  known.set(kernel, gitops)
  return gitops
}

/** Milliseconds of the setting, which is in seconds. */
function pollInterval(setting: unknown): number {
  const seconds = Number(setting)
  return Number.isFinite(seconds) && seconds > 0 ? Math.max(MIN_POLL_MS, seconds * 1_000) : 3_000
}
