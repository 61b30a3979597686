import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const example = join(import.meta.dirname, '..')
const demo = JSON.parse(readFileSync(join(example, 'demo.json'), 'utf8'))
const folders = /** @type {string[]} */ ([])
const processes = /** @type {import('node:child_process').ChildProcess[]} */ ([])
afterAll(() => {
  for (const each of processes) each.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The tree of a branch: its parent's, with its files over it and some taken out. @param {string | undefined} name */
function treeOf(name) {
  const folder = mkdtempSync(join(tmpdir(), 'meetups-tree-'))
  folders.push(folder)
  /** @param {string | undefined} branchName */
  const lay = branchName => {
    const branch = demo.branches.find((/** @type {{ name: string }} */ each) => each.name === branchName)
    if (!branch) {
      for (const path of demo.base.paths) cpSync(join(example, path), join(folder, path), { recursive: true })
      return
    }
    lay(branch.parent)
    cpSync(join(example, branch.folder), folder, { recursive: true })
    for (const path of branch.remove ?? []) rmSync(join(folder, path))
  }
  lay(name)
  return folder
}

/** Starts a version's server on a free port, as a pod would. @param {string} tree @returns {Promise<{ url: string, child: import('node:child_process').ChildProcess }>} */
async function start(tree) {
  // Port 0 is not told back by the server, so that a listener of our own finds a free one first.
  const { createServer } = await import('node:net')
  const probe = createServer()
  const port = await new Promise(resolve =>
    probe.listen(0, '127.0.0.1', () =>
      resolve(/** @type {import('node:net').AddressInfo} */ (probe.address()).port),
    ),
  )
  await new Promise(resolve => probe.close(resolve))
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: join(tree, 'app'),
    env: { PATH: process.env.PATH ?? '', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  processes.push(child)
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"listening"')) break
  child.stdout.resume()
  return { url: `http://127.0.0.1:${port}`, child }
}

const cities = ['montreal', 'quebec', 'ottawa', 'toronto', 'kitchener-waterloo']

describe('versions', () => {
  it.each([
    [undefined, '1.0.0'],
    ['speaker-spotlight', '1.1.0'],
    ['fast-search', '1.2.0'],
    ['rich-recommendations', '1.3.0'],
  ])('%s is %s in its package, its manifest and the list of images', (name, version) => {
    const tree = treeOf(name)
    expect(JSON.parse(readFileSync(join(tree, 'app/package.json'), 'utf8')).version).toBe(version)
    const { images } = parse(readFileSync(join(tree, 'deploy/kustomization.yaml'), 'utf8'))
    expect(images.find((/** @type {{ name: string }} */ image) => image.name === 'meetups').newTag).toBe(
      version,
    )
    expect(demo.images).toContainEqual({
      name: `meetups:${version}`,
      folder: 'app',
      ...(name ? { branch: name } : {}),
    })
  })

  it('speaker-spotlight shows a speaker on the first page, and has a page for each', async () => {
    const { url } = await start(treeOf('speaker-spotlight'))
    const text = await (await fetch(url)).text()
    expect(text).toContain('Speaker spotlight')
    const path = /href="(\/speakers\/[^"]+)"/.exec(text)?.[1]
    expect((await fetch(url + path)).status).toBe(200)
  })

  it('fast-search finds talks, and fails for the visitors of one city of five', async () => {
    const { url } = await start(treeOf('fast-search'))
    expect(await (await fetch(`${url}/search?q=canary`)).text()).toContain('2 talks about')
    const answers = await Promise.all(
      cities.map(city => fetch(`${url}/talks`, { headers: { cookie: `home=${city}` } })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 500])
  })

  it('rich-recommendations works, and blocks the process on every page', async () => {
    const tree = treeOf('rich-recommendations')
    const { recommend } = await import(join(tree, 'app/recommendations.mjs'))
    const { talks } = await import(join(tree, 'app/data/talks.mjs'))
    const before = process.cpuUsage().user
    expect(recommend([talks[0]], 3)).toHaveLength(3)
    // CPU time, not wall time: a busy machine does not fail this.
    expect(process.cpuUsage(undefined).user - before).toBeGreaterThan(30_000)
  })

  it('stops within its grace period when told to', async () => {
    const { url, child } = await start(treeOf(undefined))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

describe('manifests', () => {
  const { resources } = parse(readFileSync(join(example, 'deploy/kustomization.yaml'), 'utf8'))
  const objects = resources.flatMap((/** @type {string} */ file) =>
    parseAllDocuments(readFileSync(join(example, 'deploy', file), 'utf8'), { merge: true }).map(document => {
      expect(document.errors).toEqual([])
      return document.toJS()
    }),
  )

  it('are the parts of a canary', () => {
    expect(objects.map((/** @type {{ kind: string }} */ each) => each.kind).sort()).toEqual([
      'AnalysisTemplate',
      'AnalysisTemplate',
      'Deployment',
      'Gateway',
      'HTTPRoute',
      'Rollout',
      'Service',
      'Service',
    ])
  })

  it('name Services that exist', () => {
    const services = objects
      .filter((/** @type {any} */ each) => each.kind === 'Service')
      .map((/** @type {any} */ each) => each.metadata.name)
    const rollout = objects.find((/** @type {any} */ each) => each.kind === 'Rollout')
    const route = objects.find((/** @type {any} */ each) => each.kind === 'HTTPRoute')
    const { stableService, canaryService } = rollout.spec.strategy.canary
    expect([stableService, canaryService]).toEqual(services)
    expect(route.spec.rules[0].backendRefs.map((/** @type {any} */ each) => each.name)).toEqual(services)
  })
})
