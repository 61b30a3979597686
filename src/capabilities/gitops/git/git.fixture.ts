import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A temporary folder that is removed when disposed. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'drave-gitops-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-c', 'commit.gpgsign=false']

const environment = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
}

/** Runs the user's git in a work tree. */
export function git(directory: string, ...args: string[]): string {
  return execFileSync('git', [...identity, ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  }).trim()
}

/** The same without blocking, for commands that talk to a server of this process. */
export async function gitClient(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...identity, ...args], {
    cwd: directory,
    env: environment,
    timeout: 10_000,
  })
  return stdout.trim()
}

/** Writes files (a null content removes), commits them on the current branch and returns the commit. */
export function commit(
  directory: string,
  files: Readonly<Record<string, string | null>>,
  message = 'change',
): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path)
    if (content === null) rmSync(file, { force: true })
    else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
    }
  }
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--allow-empty', '-m', message)
  return git(directory, 'rev-parse', 'HEAD')
}

/** A new work tree with one commit. */
export function workTree(
  parent: string,
  name: string,
  files: Readonly<Record<string, string>>,
): { path: string; head: string } {
  const path = join(parent, name)
  mkdirSync(path, { recursive: true })
  git(path, 'init', '--quiet', '--initial-branch=main')
  return { path, head: commit(path, files, 'first') }
}
