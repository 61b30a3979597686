import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CliError, type CommandContext } from '../../kernel/command.ts'
import { commands } from './commands.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-command-'))
  writeFileSync(join(directory, 'main.js'), '')
  writeFileSync(join(directory, 'package.json'), '{"main":"main.js"}')
})
afterEach(() => rmSync(directory, { recursive: true }))

async function run(
  verb: string,
  args: string[],
  flags: Record<string, string[]> = {},
  output: CommandContext['output'] = 'text',
) {
  const printed: string[] = []
  const command = commands.find(({ path }) => path.join(' ') === `image ${verb}`)
  const context: Partial<CommandContext> = {
    args,
    flag: name => flags[name]?.[0] ?? command?.flags?.[name]?.default,
    flags: name => flags[name] ?? [],
    isSet: name => name in flags,
    dataDir: directory,
    output,
    print: text => void printed.push(text),
    note: () => {},
  }
  // The verbs use nothing else.
  await command?.run(context as CommandContext)
  return printed.join('\n')
}

describe('drave image', () => {
  it('builds, lists and removes', async () => {
    const digest = await run('build', [directory], {
      tag: ['web:1'],
      env: ['A=1'],
      entrypoint: ['["node", "main.js"]'],
    })
    expect(digest).toMatch(/^sha256:/)
    expect(JSON.parse(await run('list', [], {}, 'json'))).toMatchObject([{ name: 'web:1', digest }])
    expect(await run('list', [], {}, 'yaml')).toMatch(/^- name: web:1\n {2}digest: sha256:/)
    expect(await run('list', [])).toContain(`web:1  ${digest.slice(0, 19)}  `)
    expect(await run('rm', ['web:1'])).toBe('removed web:1')
    expect(await run('list', [])).toBe('')
  })

  it.each<[string, string[], Record<string, string[]>, RegExp]>([
    ['build', [], { tag: ['x'] }, /name one directory/],
    ['build', ['.'], {}, /name the image with -t/],
    ['build', ['/no/such/place'], { tag: ['x'], entrypoint: ['node x'] }, /is not a directory/],
    ['build', ['DIR'], { tag: ['UPPER'] }, /not an image reference/],
    ['build', ['DIR'], { tag: ['x'], env: ['novalue'] }, /must be NAME=VALUE/],
    ['build', ['DIR'], { tag: ['x'], cmd: ['[1]'] }, /not a JSON array of words/],
    ['build', ['DIR'], { tag: ['x'], workdir: ['app'] }, /must be an absolute path/],
    ['rm', ['none'], {}, /there is no image "none:latest"/],
    ['rm', [], {}, /name an image/],
  ])('%s %j %j is refused', async (verb, args, flags, message) => {
    const refused = run(
      verb,
      args.map(word => (word === 'DIR' ? directory : word)),
      flags,
    )
    await expect(refused).rejects.toThrow(CliError)
    await expect(refused).rejects.toThrow(message)
  })
})
