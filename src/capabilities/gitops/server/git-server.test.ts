import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RealClock } from '../../../kernel/clock.ts'
import type { Logger } from '../../../kernel/log.ts'
import { commit, git, gitClient, temporaryFolder, workTree } from '../git/git.fixture.ts'
import { Git } from '../git/git-command.ts'
import { LocalRepositories } from '../git/local-repositories.ts'
import { GitServer } from './git-server.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

describe('GitServer', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let local: LocalRepositories
  let server: GitServer
  let url: string
  let pushed: string[]

  beforeEach(async () => {
    folder = temporaryFolder()
    const parts = { git: new Git(), clock: new RealClock() }
    local = new LocalRepositories({ ...parts, folder: join(folder.path, 'repositories') })
    await local.create('site', 'main')
    pushed = []
    local.onChange(name => pushed.push(name))
    writeFileSync(join(folder.path, 'token'), 's3cret\n')
    server = new GitServer({
      ...parts,
      local,
      log: silent,
      tokenFile: join(folder.path, 'token'),
      maxBodyBytes: 2 * 1024 * 1024,
      answers: async ([first], query) => (first === 'echo' ? { said: query.get('say') } : undefined),
      count() {},
    })
    url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    local[Symbol.dispose]()
    folder[Symbol.dispose]()
  })
  const withToken = (token: string) => url.replace('http://', `http://drave:${token}@`)

  it('takes a push with the token, tells of it, and serves a clone to anybody', async () => {
    const work = workTree(folder.path, 'work', { 'a.yaml': 'a: 1\n' })
    await gitClient(work.path, 'push', '--quiet', `${withToken('s3cret')}/site.git`, 'main')
    expect(pushed).toEqual(['site'])
    await gitClient(folder.path, 'clone', '--quiet', `${url}/site.git`, 'copy')
    expect(readFileSync(join(folder.path, 'copy/a.yaml'), 'utf8')).toBe('a: 1\n')
    // The older protocol too, and a large history, which git sends in chunks and compressed.
    const noise = Array.from({ length: 300 }, (_, i) => createHash('sha512').update(`${i}`).digest('hex'))
    const head = commit(work.path, { big: noise.join('\n') })
    await gitClient(
      work.path,
      '-c',
      'http.postBuffer=1024',
      'push',
      '--quiet',
      `${withToken('s3cret')}/site.git`,
      'main',
    )
    await gitClient(join(folder.path, 'copy'), '-c', 'protocol.version=0', 'pull', '--quiet')
    expect(git(join(folder.path, 'copy'), 'rev-parse', 'HEAD')).toBe(head)
  })

  it.each([
    ['no token', () => url],
    ['a wrong token', () => withToken('wrong')],
  ])('refuses a push with %s', async (_, base) => {
    const work = workTree(folder.path, 'work', { a: '1' })
    await expect(gitClient(work.path, 'push', `${base()}/site.git`, 'main')).rejects.toThrow(
      /Authentication failed|could not read Username/,
    )
    expect(pushed).toEqual([])
  })

  it('does not let a push write the refs of pull requests', async () => {
    const work = workTree(folder.path, 'work', { a: '1' })
    const target = `${withToken('s3cret')}/site.git`
    await expect(gitClient(work.path, 'push', target, 'HEAD:refs/pull/1/head')).rejects.toThrow(
      /hidden ref|denied|failed/,
    )
  })

  it('refuses a push that is too large, and keeps what was there', async () => {
    const work = workTree(folder.path, 'work', { a: '1' })
    await gitClient(work.path, 'push', '--quiet', `${withToken('s3cret')}/site.git`, 'main')
    const noise = Array.from({ length: 30_000 }, (_, i) => createHash('sha512').update(`${i}`).digest('hex'))
    commit(work.path, { big: noise.join('\n') })
    await expect(gitClient(work.path, 'push', `${withToken('s3cret')}/site.git`, 'main')).rejects.toThrow(
      /maximum allowed size|413/,
    )
    expect(await local.get('site')?.resolve('main')).toBe(work.head)
  })

  it.each([
    ['/../token', 404],
    ['/%2e%2e%2ftoken/info/refs?service=git-upload-pack', 404],
    ['/site.git/../../token', 404],
    ['/nope.git/info/refs?service=git-upload-pack', 404],
    ['/site.git/info/refs', 404],
    ['/site.git/info/refs?service=git-upload-archive', 404],
    ['/site.git/HEAD', 404],
    ['/%ff/info/refs', 400],
    ['/site.git/info/refs?service=git-receive-pack', 401],
    ['/-/echo?say=hi', 200],
    ['/-/other', 404],
  ])('GET %s answers %d', async (path, statusCode) => {
    mkdirSync(join(folder.path, 'repositories'), { recursive: true })
    const response = await fetch(url + path)
    await response.text()
    expect(response.status).toBe(statusCode)
  })

  it('refuses bodies that it cannot decode', async () => {
    const post = (headers: Record<string, string>, body: Uint8Array) =>
      fetch(`${url}/site.git/git-upload-pack`, { method: 'POST', headers, body })
    const type = { 'content-type': 'application/x-git-upload-pack-request' }
    expect((await post({ ...type, 'content-encoding': 'gzip' }, Buffer.from('nonsense'))).status).toBe(400)
    expect((await post({ ...type, 'content-encoding': 'br' }, Buffer.from('x'))).status).toBe(415)
    expect((await post({ 'content-type': 'text/plain' }, Buffer.from('0000'))).status).toBe(415)
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
    expect((await post({ ...type, 'content-encoding': 'gzip' }, bomb)).status).toBeGreaterThanOrEqual(400)
  })
})
