import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandContext } from '../../../kernel/command.ts'
import { gitClient } from '../git/git.fixture.ts'
import { automated, configMap, GitopsFixture } from '../gitops.fixture.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { columns } from './columns.ts'
import { commands } from './commands.ts'

describe('the verbs', () => {
  let fixture: GitopsFixture
  let folder: string
  beforeAll(async () => {
    fixture = await GitopsFixture.start()
    folder = mkdtempSync(join(tmpdir(), 'drave-verbs-'))
    const base = await fixture.push({ 'app/a.yaml': configMap('a', { k: '1' }) })
    await fixture.apply({ syncPolicy: automated })
    await fixture.syncedTo(base)
    await fixture.push({ 'app/a.yaml': configMap('a', { k: '2' }) }, 'feature/two-words')
    await gitClient(fixture.work, 'reset', '--hard', '--quiet', base)
  })
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function drave(...words: string[]): Promise<{ code: number; out: string; notes: string }> {
    const command = commands.find(candidate => candidate.path.every((part, index) => words[index] === part))
    if (!command) throw new Error(`no verb ${words.join(' ')}`)
    const rest = words.slice(command.path.length)
    const flags = new Map<string, string>()
    const args: string[] = []
    for (let word = rest.shift(); word !== undefined; word = rest.shift())
      if (word.startsWith('--'))
        flags.set(word.slice(2), command.flags?.[word.slice(2)]?.value ? (rest.shift() ?? '') : '')
      else args.push(word)
    let [out, notes] = ['', '']
    const { kernel } = fixture.test
    const context: CommandContext = {
      args,
      flag: name => flags.get(name) ?? command.flags?.[name]?.default,
      flags: name => (flags.has(name) ? [flags.get(name) ?? ''] : []),
      isSet: name => flags.has(name),
      client: async () => kernel.client,
      endpoint: async name => kernel.endpoints.get(name) ?? '',
      dataDir: kernel.dataDirectory.path,
      output: 'text',
      print: text => {
        out += `${text}\n`
      },
      note: text => {
        notes += `${text}\n`
      },
      stream: async () => (async function* () {})(),
      signal: new AbortController().signal,
    }
    const code = (await command.run(context)) ?? 0
    return { code, out, notes }
  }

  it('has help for every verb', () => {
    for (const command of commands) {
      expect(command.summary).not.toBe('')
      expect(command.examples.length).toBeGreaterThan(0)
      expect(command.examples[0]).toContain(command.path.join(' '))
    }
  })

  it('lists and shows Applications, and their difference from what is live', async () => {
    expect((await drave('app', 'list')).out).toMatch(
      /NAME +NAMESPACE +SYNC .*\nsite +argocd +Synced +Healthy/,
    )
    const { out } = await drave('app', 'get', 'argocd/site')
    expect(out).toMatch(/Sync: +Synced/)
    expect(out).toMatch(/ConfigMap +default +a +Synced/)
    expect(await drave('app', 'diff', 'site')).toMatchObject({ code: 0, out: 'argocd/site: no change\n' })
    expect(await drave('app', 'sync', 'site', '--dry-run')).toMatchObject({ code: 0 })
    await expect(drave('app', 'get', 'nope')).rejects.toThrow('there is no Application nope')
  })

  it('opens, shows, refuses and merges pull requests', async () => {
    const opened = await drave('pr', 'open', 'site', 'feature/two-words')
    expect(opened.out).toContain('Pull request #1 of site (site-1): Two words')
    expect(opened.out).toContain('Merging it would change: 1 changed')
    await expect(drave('pr', 'open', 'site', 'feature/two-words')).rejects.toThrow(
      'has a pull request already: site-1',
    )
    await expect(drave('pr', 'open', 'site', 'nope')).rejects.toThrow('there is no branch nope')
    expect((await drave('pr', 'close', 'site', '2')).out).toBe('Closed site-2\n')
    expect((await drave('pr', 'list')).out).toMatch(
      /site +1 +Two words +feature\/two-words → main +Open +1 changed +passed/,
    )
    expect((await drave('pr', 'diff', 'site#1')).out).toContain('~ ConfigMap default/a\n')
    const merged = await drave('pr', 'merge', 'site-1')
    expect(merged.out).toMatch(/^Merged feature\/two-words into main as [0-9a-f]{40}\n$/)
    await fixture.syncedTo(merged.out.trim().split(' ').at(-1) ?? '')
    expect((await fixture.config('a'))?.data).toEqual({ k: '2' })
    await expect(drave('pr', 'merge', 'site-1')).rejects.toThrow('is merged already')
    expect((await drave('pr', 'list')).out).toContain('There are no open pull requests')
    expect((await drave('pr', 'list', '--all')).out).toMatch(/Merged.*Closed/s)
  })

  it('takes the wish to merge back when it is refused', async () => {
    await fixture.push({ f: 'one' }, 'conflict')
    await gitClient(fixture.work, 'reset', '--hard', '--quiet', 'HEAD~1')
    await gitClient(fixture.work, 'fetch', '--quiet', 'origin', 'main')
    await gitClient(fixture.work, 'reset', '--hard', '--quiet', 'FETCH_HEAD')
    await fixture.push({ f: 'two' })
    await drave('pr', 'open', 'site', 'conflict')
    await expect(drave('pr', 'merge', 'site', '3')).rejects.toThrow(
      'was not merged: these files do not merge: f',
    )
    expect((await drave('pr', 'list')).out).toContain('merge failed')
  })

  it('shows a failed check, and merges all the same only when told to', async () => {
    const head = await fixture.push(
      { 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {\n' },
      'broken',
    )
    const opened = await drave('pr', 'open', 'site', 'broken')
    expect(opened.code).toBe(0)
    expect(opened.out).toContain('Merging it would change: unknown for 1 Application that does not render')
    expect(opened.out).toMatch(/render: Failed, argocd\/site: app\/a\.yaml:\d+: not valid YAML/)
    await expect(drave('pr', 'merge', 'site', '4')).rejects.toThrow(
      /site-4 was not merged: the check render has failed: argocd\/site: app\/a\.yaml/,
    )
    const { status } = await fixture.client.get(PullRequest, { name: 'site-4' })
    expect(status).toMatchObject({ phase: 'Open', mergeable: false, headSHA: head })
    expect((await drave('pr', 'merge', 'site', '4', '--force')).out).toMatch(/^Merged broken/)
  })

  it.each([
    ['branch', { repository: 'site', sourceBranch: 'gone' }, 'there is no branch gone'],
    ['repository', { repository: 'gone', sourceBranch: 'main' }, 'there is no Repository gone'],
  ])('says at once that the %s to merge is missing, also the second time', async (_, spec, message) => {
    const name = `${spec.repository}-9`
    await fixture.client.create(PullRequest, { metadata: { name }, spec })
    for (let time = 0; time < 2; time++)
      await expect(drave('pr', 'merge', name, '--timeout', '5s')).rejects.toThrow(
        `${name} was not merged: ${message}`,
      )
  })

  it.each([
    ['app', 'get'],
    ['app', 'sync', 'site', '--timeout', 'soon'],
    ['pr', 'diff'],
    ['repo', 'create'],
  ])('%s %s: a wrong command line ends with 64', async (...words) => {
    await expect(drave(...words)).rejects.toMatchObject({ name: 'CliError', exitCode: 64 })
  })

  it('makes repositories, and clones that can push without a secret in sight', async () => {
    const made = await drave('repo', 'create', 'shop', '--description', 'A shop')
    expect(made.out).toMatch(/^http:\/\/127.0.0.1:\d+\/shop.git\n$/)
    expect((await drave('repo', 'list')).out).toMatch(/shop +http.*A shop/)
    expect((await drave('repo', 'url', 'shop')).out).toBe(made.out)
    const clone = join(folder, 'shop')
    await drave('repo', 'clone', 'shop', clone)
    const settings = await gitClient(clone, 'config', '--local', '--list')
    expect(settings).toContain('git-credential')
    expect(settings).not.toContain('s3cret')
    writeFileSync(join(clone, 'x'), '1')
    await expect(drave('repo', 'url', 'nope')).rejects.toThrow('there is no repository nope')
  })

  it('pads columns', () => {
    expect(
      columns(
        ['A', 'LONG', 'C'],
        [
          ['aaa', 'b', ''],
          ['a', '', 'c'],
        ],
      ),
    ).toBe('A     LONG   C\naaa   b\na            c')
  })
})
