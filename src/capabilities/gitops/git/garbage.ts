import type { Git } from './git-command.ts'

const TIMEOUT_MS = 300_000

/** Packs a repository when it has many loose objects (git's own measure); unreachable ones are kept two weeks. */
export async function collectGarbage(git: Git, directory: string): Promise<void> {
  await git.run(['-c', 'gc.auto=6700', 'gc', '--auto', '--quiet'], { directory, timeoutMs: TIMEOUT_MS })
}
