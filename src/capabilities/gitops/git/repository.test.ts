import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RealClock } from '../../../kernel/clock.ts'
import { commit, git, temporaryFolder, workTree } from './git.fixture.ts'
import { Git, GitError } from './git-command.ts'
import { GitRepository } from './repository.ts'

describe('GitRepository', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let work: { path: string; head: string }
  let repository: GitRepository

  beforeEach(() => {
    folder = temporaryFolder()
    work = workTree(folder.path, 'work', { 'app/a.yaml': 'a: 1\n', 'app/sub/b.yaml': 'b\n', 'ümläut 1': 'x' })
    repository = new GitRepository({
      git: new Git(),
      directory: join(work.path, '.git'),
      clock: new RealClock(),
    })
  })
  afterEach(() => {
    repository[Symbol.dispose]()
    folder[Symbol.dispose]()
  })

  it('resolves branches, tags, commits and HEAD', async () => {
    git(work.path, 'tag', '-a', 'v1', '-m', 'one')
    const second = commit(work.path, { 'app/a.yaml': 'a: 2\n' })
    expect(await repository.resolve('main')).toBe(second)
    expect(await repository.resolve('HEAD')).toBe(second)
    expect(await repository.resolve('')).toBe(second)
    expect(await repository.resolve('v1')).toBe(work.head)
    expect(await repository.resolve(work.head)).toBe(work.head)
    expect(await repository.resolve(work.head.slice(0, 10))).toBe(work.head)
    for (const unknown of ['nope', 'main..x', '-x', `${'0'.repeat(40)}`, 'a\nb'])
      expect(await repository.resolve(unknown)).toBeUndefined()
  })

  it('reads files and lists directories of a commit', async () => {
    const tree = await repository.tree(work.head)
    expect((await tree.read('app/a.yaml'))?.toString()).toBe('a: 1\n')
    expect(await tree.read('app')).toBeUndefined()
    expect(await tree.read('app/none')).toBeUndefined()
    expect(await tree.list('app')).toEqual([
      { name: 'a.yaml', type: 'file' },
      { name: 'sub', type: 'directory' },
    ])
    expect((await tree.list(''))?.map(entry => entry.name)).toEqual(['app', 'ümläut 1'])
    expect(await tree.list('app/a.yaml')).toBeUndefined()
    const before = await tree.idOf('app/sub')
    const next = await repository.tree(commit(work.path, { 'app/a.yaml': 'a: 2\n' }))
    expect(await next.idOf('app/sub')).toBe(before)
    expect(await next.idOf('app')).not.toBe(await tree.idOf('app'))
  })

  it('sees commits that were pushed after its process started', async () => {
    await repository.resolve('main')
    const second = commit(work.path, { x: '1' })
    git(work.path, 'pack-refs', '--all')
    git(work.path, 'repack', '-adq')
    expect(await repository.resolve('main')).toBe(second)
    expect((await (await repository.tree(second)).read('x'))?.toString()).toBe('1')
  })

  it('follows links inside the repository and refuses those that leave it', async () => {
    symlinkSync('app/a.yaml', join(work.path, 'inside'))
    symlinkSync('app', join(work.path, 'folder'))
    symlinkSync('../../etc/passwd', join(work.path, 'outside'))
    symlinkSync('loop', join(work.path, 'loop'))
    const tree = await repository.tree(commit(work.path, {}))
    expect((await tree.read('inside'))?.toString()).toBe('a: 1\n')
    expect((await tree.read('folder/sub/b.yaml'))?.toString()).toBe('b\n')
    await expect(tree.read('outside')).rejects.toThrow('leaves the repository')
    await expect(tree.read('loop')).rejects.toThrow('symbolic links')
  })

  it('answers many questions at once, in order', async () => {
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f/${i}`, `${i}\n`.repeat(i)]))
    const tree = await repository.tree(commit(work.path, files))
    const contents = await Promise.all(
      Object.keys(files).map(async path => (await tree.read(path))?.toString()),
    )
    expect(contents).toEqual(Object.values(files))
  })

  it('keeps a bounded number of processes, and starts one again when needed', async () => {
    const shared = new Git()
    const clock = new RealClock()
    const many = Array.from(
      { length: 40 },
      () => new GitRepository({ git: shared, directory: join(work.path, '.git'), clock }),
    )
    for (const one of many) expect(await one.resolve('main')).toBe(work.head)
    expect(shared.readers.size).toBe(32)
    expect(await many[0]?.resolve('main')).toBe(work.head)
    for (const one of many) one[Symbol.dispose]()
    expect(shared.readers.size).toBe(0)
  })

  it('fails with a GitError for a directory that is no repository', async () => {
    using broken = new GitRepository({ git: new Git(), directory: folder.path, clock: new RealClock() })
    await expect(broken.resolve('main')).rejects.toThrow(GitError)
    await expect(broken.resolve('main')).rejects.toThrow(/not a git repository/)
  })
})
