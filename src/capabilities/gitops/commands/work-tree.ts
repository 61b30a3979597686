import { spawn } from 'node:child_process'
import { CliError, type CommandContext } from '../../../kernel/command.ts'

/** Runs the user's own git in the current folder; resolves to its output, or undefined when it fails. */
export async function userGit(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return await new Promise(resolve => {
    const child = spawn('git', [...args], { stdio: ['ignore', 'pipe', 'ignore'], signal })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    child.on('error', () => resolve(undefined))
    child.on('close', code => resolve(code === 0 ? output.trim() : undefined))
  })
}

/** Runs the user's own git with its output shown. Throws CliError when it fails. */
export async function showGit(args: readonly string[], signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn('git', [...args], { stdio: ['ignore', 'inherit', 'inherit'], signal })
    child.on('error', error => reject(new CliError(`git: ${error.message}`, { hint: 'is git installed?' })))
    child.on('close', code =>
      code === 0 ? resolve() : reject(new CliError(`git ${args[0] ?? ''} failed with exit code ${code}`)),
    )
  })
}

/** The repository of this stack that the current folder is a clone of, or undefined. */
export async function repositoryHere(context: CommandContext): Promise<string | undefined> {
  const remotes = await userGit(['config', '--get-regexp', '^remote\\..*\\.url$'], context.signal)
  if (!remotes) return undefined
  const { host } = new URL(await context.endpoint('git'))
  for (const line of remotes.split('\n')) {
    const url = line.slice(line.indexOf(' ') + 1)
    if (!URL.canParse(url) || new URL(url).host !== host) continue
    return new URL(url).pathname.replace(/^\//, '').replace(/\.git$/, '')
  }
  return undefined
}

/** The branch that is checked out in the current folder, or undefined. */
export const branchHere = (context: CommandContext): Promise<string | undefined> =>
  userGit(['symbolic-ref', '--quiet', '--short', 'HEAD'], context.signal)
