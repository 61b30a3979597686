import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { main } from '../drave.ts'
import { goTests, nodeClient, pythonClient } from './toolchain.ts'

const exec = promisify(execFile)
const guide = readFileSync(new URL('../../docs/guides/drave-as-envtest.md', import.meta.url), 'utf8')

/** A block of the guide that begins with ```` ```LANGUAGE file=NAME ````. */
function example(name: string): string {
  const block = new RegExp(`^\`\`\`\\w+ file=${name.replace('.', '\\.')}\n(.*?)^\`\`\`$`, 'ms').exec(guide)
  if (!block?.[1]) throw new Error(`the guide has no example ${name}`)
  return block[1]
}

const node = await nodeClient()
const python = await pythonClient()
const go = await goTests('widget_test.go', example('widget_test.go'))
const folder = mkdtempSync(join(tmpdir(), 'drave-guide-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  for (const each of [node, python, go]) each.remove()
})

/** Writes an example into a folder of its own and runs a command there. */
async function run(name: string, [program = '', ...args]: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const cwd = join(folder, name)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, name), example(name))
  const env = { ...process.env, DRAVE: main, HOME: folder, ...more }
  return (await exec(program, args, { cwd, env })) as { stdout: string; stderr: string }
}

describe('the examples of "Drave as envtest"', () => {
  it.skipIf(node.missing)('JavaScript', async () => {
    mkdirSync(join(folder, 'widget.test.mjs'))
    const modules = join(dirname(node.command[1] ?? ''), 'node_modules')
    symlinkSync(modules, join(folder, 'widget.test.mjs/node_modules'))
    // The runner of these tests tells its children to report to it, which the example has nothing to do with.
    const command = [process.execPath, '--test', '--test-reporter=tap', 'widget.test.mjs']
    const { stdout } = await run('widget.test.mjs', command, { NODE_OPTIONS: '' })
    expect(stdout).toMatch(/^# pass 1$/m)
    expect(stdout).toMatch(/^# fail 0$/m)
  })

  it.skipIf(python.missing)('Python', async () => {
    const { stderr } = await run('widget_test.py', [
      python.command[0] ?? '',
      '-m',
      'unittest',
      'widget_test.py',
    ])
    expect(stderr).toMatch(/^Ran 1 test in /m)
    expect(stderr).toMatch(/^OK$/m)
  })

  it.skipIf(go.missing)('Go', async () => {
    const [program = '', ...args] = go.command
    const env = { ...process.env, DRAVE: main, GOFLAGS: '-mod=mod' }
    const { stdout } = await exec(program, args, { env })
    expect(stdout).toContain('--- PASS: TestLabels')
  })
})
