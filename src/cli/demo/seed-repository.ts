import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Demo } from './demo-file.ts'

const exec = promisify(execFile)

/** Author and time of the example's commits are fixed, so that everybody's have the same ids. */
const AUTHOR = { name: 'Drave', email: 'demo@drave.dev', date: '2026-01-05T09:00:00Z' }

/** The example's work tree, with a branch for each version; removed when disposed. */
export interface WorkTree extends Disposable {
  path: string
  checkout(branch: string): Promise<void>
  /** Pushes every branch to a server that takes the token as password. */
  push(url: string, token: string): Promise<void>
}

/** Commits the example's base and its branches into a repository of its own. */
export async function makeWorkTree(folder: string, demo: Demo): Promise<WorkTree> {
  const path = mkdtempSync(join(tmpdir(), 'drave-demo-'))
  const git = (args: string[], environment: Record<string, string> = {}) =>
    exec('git', args, { cwd: path, env: { ...cleanEnvironment(path), ...environment } })
  const commit = async (message: string) => {
    await git(['add', '--all'])
    await git(['commit', '--quiet', '--allow-empty', '-m', message])
  }
  try {
    await git(['init', '--quiet', `--initial-branch=${demo.defaultBranch}`])
    for (const entry of demo.base.paths) cpSync(join(folder, entry), join(path, entry), { recursive: true })
    await commit(demo.base.message)
    for (const branch of demo.branches) {
      await git(['checkout', '--quiet', '-b', branch.name, branch.parent ?? demo.defaultBranch])
      cpSync(join(folder, branch.folder), path, { recursive: true })
      for (const removed of branch.remove ?? []) rmSync(join(path, removed))
      await commit(branch.message)
    }
    await git(['checkout', '--quiet', demo.defaultBranch])
  } catch (error) {
    rmSync(path, { recursive: true, force: true })
    throw error
  }
  return {
    path,
    async checkout(branch) {
      await git(['checkout', '--quiet', branch])
    },
    async push(url, token) {
      // In the environment and not on the command line, where other users could read it.
      const credential = Buffer.from(`drave:${token}`).toString('base64')
      await git(['push', '--quiet', url, '--all'], {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${credential}`,
      })
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

const cleanEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: AUTHOR.name,
  GIT_AUTHOR_EMAIL: AUTHOR.email,
  GIT_AUTHOR_DATE: AUTHOR.date,
  GIT_COMMITTER_NAME: AUTHOR.name,
  GIT_COMMITTER_EMAIL: AUTHOR.email,
  GIT_COMMITTER_DATE: AUTHOR.date,
})
