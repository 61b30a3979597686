import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const here = new URL('.', import.meta.url).pathname
const MINUTES = 60_000

/** A client that was built, or why it could not be. */
export interface Toolchain {
  /** Runs the client: program and first arguments. */
  command: readonly string[]
  /** Why there is none; printed, and the tests are skipped. */
  missing: string | undefined
  remove(): void
}

/** Prepares a client in a folder of its own; whatever fails on the way is the reason to skip it. */
async function prepared(
  name: string,
  prepare: (folder: string) => Promise<readonly string[]>,
): Promise<Toolchain> {
  const folder = mkdtempSync(join(tmpdir(), `drave-${name}-`))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    return { command: await prepare(folder), missing: undefined, remove }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const missing =
      `${message.split('\n')[0]} ${(stderr ?? '').trim().split('\n').slice(-3).join(' ')}`.trim()
    console.log(`skipped: the ${name} client is not to be had here: ${missing}`)
    remove()
    return { command: [], missing, remove() {} }
  }
}

/** @kubernetes/client-node, installed by npm; its first version line runs on every Node that Drave runs on. */
export const nodeClient = (): Promise<Toolchain> =>
  prepared('node', async folder => {
    await exec(
      'npm',
      ['install', '--prefix', folder, '--no-audit', '--no-fund', '@kubernetes/client-node@1.4.0'],
      {
        timeout: 3 * MINUTES,
      },
    )
    cpSync(join(here, 'node'), folder, { recursive: true })
    return [process.execPath, join(folder, 'check.mjs')]
  })

/** Python's `kubernetes`, installed by pip into an environment of its own. */
export const pythonClient = (): Promise<Toolchain> =>
  prepared('python', async folder => {
    await exec('python3', ['-m', 'venv', join(folder, 'venv')], { timeout: MINUTES })
    const python = join(folder, 'venv/bin/python')
    await exec(python, ['-m', 'pip', 'install', '--quiet', 'kubernetes>=31'], { timeout: 3 * MINUTES })
    return [python, join(here, 'python/check.py')]
  })

const goModule = `module example.org/operator

go 1.26.0

require sigs.k8s.io/controller-runtime v0.24.0
`

const goEnvironment = () => ({ ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' })

/** The sample operator, built with the controller-runtime that its module names. */
export const goOperator = (): Promise<Toolchain> =>
  prepared('go', async folder => {
    const sources = join(here, 'operator')
    for (const name of readdirSync(sources)) cpSync(join(sources, name), join(folder, name))
    writeFileSync(join(folder, 'go.mod'), goModule)
    const env = goEnvironment()
    for (const args of [
      ['mod', 'tidy'],
      ['build', '-o', 'operator', '.'],
    ])
      await exec('go', args, { cwd: folder, env, timeout: 10 * MINUTES })
    return [join(folder, 'operator')]
  })

/** Tests of one Go file in a module like the operator's. */
export const goTests = (name: string, source: string): Promise<Toolchain> =>
  prepared('go', async folder => {
    writeFileSync(join(folder, name), source)
    writeFileSync(join(folder, 'go.mod'), goModule)
    await exec('go', ['mod', 'tidy'], { cwd: folder, env: goEnvironment(), timeout: 10 * MINUTES })
    return ['go', '-C', folder, 'test', '-v', '.']
  })

/** Helm: what HELM names, or the one in the path. */
export function helm(): { program: string; missing: string | undefined } {
  const program = process.env['HELM'] || 'helm'
  try {
    execFileSync(program, ['version'], { stdio: 'ignore' })
    return { program, missing: undefined }
  } catch {
    const missing = existsSync(program) ? `${program} does not run` : 'there is no helm (HELM names one)'
    console.log(`skipped: ${missing}`)
    return { program, missing }
  }
}
