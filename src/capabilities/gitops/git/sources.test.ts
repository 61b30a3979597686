import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RealClock, VirtualClock } from '../../../kernel/clock.ts'
import { silentLog } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { GitServer } from '../server/git-server.ts'
import { commit, gitClient, temporaryFolder, workTree } from './git.fixture.ts'
import { Git } from './git-command.ts'
import { LocalRepositories } from './local-repositories.ts'
import { Sources } from './sources.ts'

const POLL_MS = 3_000

/** A server of another stack is the remote; the sources under test know nothing of it but its URL. */
describe('Sources', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let remote: LocalRepositories
  let local: LocalRepositories
  let server: GitServer | undefined
  let sources: Sources
  let clock: VirtualClock
  let url: string
  let work: { path: string; head: string }
  let woken: string[]
  const git = new Git()

  beforeEach(async () => {
    folder = temporaryFolder()
    clock = new VirtualClock()
    remote = new LocalRepositories({ git, clock: new RealClock(), folder: join(folder.path, 'remote') })
    local = new LocalRepositories({ git, clock, folder: join(folder.path, 'local') })
    await remote.create('site', 'main')
    await local.create('own', 'main')
    writeFileSync(join(folder.path, 'token'), 't')
    server = await start(0)
    work = workTree(folder.path, 'work', { a: '1' })
    await push()
    sources = new Sources({
      git,
      clock,
      local,
      mirrorFolder: join(folder.path, 'mirrors'),
      allowFile: false,
      pollMs: POLL_MS,
      locate: async address => address,
    })
    woken = []
    sources.onChange(subscriber => woken.push(subscriber))
  })
  afterEach(async () => {
    sources[Symbol.dispose]()
    remote[Symbol.dispose]()
    local[Symbol.dispose]()
    await server?.[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  async function start(port: number): Promise<GitServer> {
    const parts = {
      git,
      local: remote,
      log: silentLog,
      tokenFile: join(folder.path, 'token'),
      maxBodyBytes: 1e7,
    }
    const made = new GitServer({ ...parts, answers: async () => undefined, count() {} })
    url = `http://127.0.0.1:${await made.listen('127.0.0.1', port)}/site.git`
    return made
  }
  const push = () =>
    gitClient(work.path, 'push', '--quiet', '--force', url.replace('://', '://x:t@'), 'HEAD:main')
  const resolve = async (revision: string) => {
    const state = sources.open(url)
    return state.kind === 'ready' ? await state.repository.resolve(revision) : state
  }
  /** Lets the poll's timer fire until something real has come of it. */
  const poll = (what: string, holds: () => boolean | Promise<boolean>) =>
    until(what, async () => {
      await clock.advance(POLL_MS)
      return await holds()
    })

  it('mirrors a remote repository, and wakes subscribers whose revision moved', async () => {
    expect(sources.open(url)).toEqual({ kind: 'pending' })
    sources.subscribe('argocd/a', [{ url, revision: 'main' }])
    sources.subscribe('argocd/b', [{ url, revision: work.head }])
    await until('the first fetch', async () => (await resolve('main')) === work.head)
    await until('the first wake', () => woken.length === 2)
    expect(await resolve('HEAD')).toBe(work.head)
    woken.length = 0
    const next = commit(work.path, { a: '2' })
    await push()
    await poll('the change', () => woken.length > 0)
    expect(woken).toEqual(['argocd/a'])
    expect(await resolve('main')).toBe(next)
  })

  it('follows rewritten history', async () => {
    sources.subscribe('argocd/a', [{ url, revision: 'main' }])
    await until('the first fetch', async () => (await resolve('main')) === work.head)
    await gitClient(work.path, 'commit', '--quiet', '--amend', '-m', 'another')
    await push()
    const head = await gitClient(work.path, 'rev-parse', 'HEAD')
    await poll('the rewritten branch', async () => (await resolve('main')) === head)
  })

  it('says what is wrong with a remote that is away, and goes on when it is back', async () => {
    sources.subscribe('argocd/a', [{ url, revision: 'main' }])
    await until('the first fetch', async () => (await resolve('main')) === work.head)
    const port = Number(new URL(url).port)
    await server?.[Symbol.asyncDispose]()
    server = undefined
    await poll('the failure', () => sources.open(url).kind === 'failed')
    expect(sources.open(url)).toMatchObject({
      message: expect.stringMatching(/127.0.0.1.*cannot be read: git fetch: .*connect/i),
    })
    server = await start(port)
    await poll('the recovery', async () => (await resolve('main')) === work.head)
  })

  it('reads its own server’s repositories without fetching, and wakes at once', async () => {
    sources.addOwnHost('git.example:8180')
    const own = 'http://git.example:8180/own.git'
    expect(sources.localName(own)).toBe('own')
    expect(sources.localName('http://git.example:8180/../x')).toBe('x')
    expect(sources.localName('http://git.example:9/own.git')).toBeUndefined()
    sources.subscribe('argocd/a', [{ url: own, revision: 'main' }])
    await gitClient(work.path, 'push', '--quiet', local.directoryOf('own'), 'main')
    local.notify('own')
    await until('the wake', () => woken.includes('argocd/a'))
    const state = sources.open(own)
    expect(state.kind === 'ready' && (await state.repository.resolve('main'))).toBe(work.head)
    expect(sources.open('http://git.example:8180/none.git')).toMatchObject({ kind: 'failed' })
  })

  it('stops fetching for those that are no longer interested', async () => {
    sources.subscribe('argocd/a', [{ url, revision: 'main' }])
    await until('the first fetch', async () => (await resolve('main')) === work.head)
    sources.unsubscribe('argocd/a')
    expect(sources.open(url)).toEqual({ kind: 'pending' })
  })
})
