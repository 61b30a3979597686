import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface Kubectl {
  program: string
  minor: number
}

/**
 * The kubectls that are present, one of each minor version, oldest first: `kubectl`, `kubectl.1.NN` and `kubectl-1.NN` in
 * the folders of PATH and of DRAVE_KUBECTLS, and beside what `kubectl` in PATH is a link to. DRAVE_KUBECTL_MINORS
 * (`32,36`) takes some of them only.
 */
export function presentKubectls(environment: NodeJS.ProcessEnv = process.env): Kubectl[] {
  const folders = `${environment.DRAVE_KUBECTLS ?? ''}${delimiter}${environment.PATH ?? ''}`
    .split(delimiter)
    .filter(folder => folder !== '' && existsSync(folder))
  const links = folders.map(folder => join(folder, 'kubectl')).filter(path => existsSync(path))
  const all = new Set([...folders, ...links.map(path => dirname(realpathSync(path)))])
  const wanted = environment.DRAVE_KUBECTL_MINORS?.split(',')
  const isWanted = (minor: number) => wanted?.includes(String(minor)) ?? true
  const byMinor = new Map<number, Kubectl>()
  for (const folder of all)
    for (const name of readdirSync(folder)) {
      if (!/^kubectl([.-]1\.\d+)?$/.test(name)) continue
      const program = join(folder, name)
      const minor = minorOf(program)
      if (minor !== undefined && isWanted(minor) && !byMinor.has(minor))
        byMinor.set(minor, { program, minor })
    }
  return [...byMinor.values()].sort((a, b) => a.minor - b.minor)
}

/** Undefined for what does not run, and for a program that only chooses another kubectl. */
function minorOf(program: string): number | undefined {
  try {
    const text = execFileSync(program, ['version', '--client', '-o', 'json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const version = /"gitVersion": "v1\.(\d+)\.[^"]*"/.exec(text)
    return version && !version[0].includes('dispatcher') ? Number(version[1]) : undefined
  } catch {
    return undefined
  }
}
