import { mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync, utimesSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, describe, expect, it } from 'vitest'
import { buildImage } from './build.ts'
import { ImageStore } from './image-store.ts'
import { digestOf, type ImageLayout, LAYER_TYPE } from './layout.ts'
import { MANIFEST_TYPE } from './media-types.ts'
import { removeTree } from './unpack.ts'

const made: string[] = []
afterEach(async () => {
  for (const path of made.splice(0)) await removeTree(path)
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'drave-image-'))
  made.push(path)
  return path
}

async function sources(files: Record<string, string>): Promise<string> {
  const directory = folder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}

function store(): ImageStore {
  const directory = folder()
  return new ImageStore(join(directory, 'images'), join(directory, 'unpacked'))
}

const APP = {
  'package.json': '{"scripts":{"start":"node server.js --fast"}}',
  'server.js': 'console.log(1)',
  'lib/a.js': 'a',
  'lib/b.js': 'b',
}

describe('building and unpacking an image', () => {
  it('gives the same digest for the same content, whatever the times, and another for other content', async () => {
    const [one, two, three] = await Promise.all([
      sources(APP),
      sources(APP),
      sources({ ...APP, 'x.txt': 'x' }),
    ])
    utimesSync(join(one, 'server.js'), 1, 1)
    const digests = []
    for (const directory of [one, two, three])
      digests.push((await buildImage({ directory, name: 'web:1', layout: store().layout })).digest)
    expect(digests[0]).toMatch(/^sha256:[a-f0-9]{64}$/)
    expect(digests[1]).toBe(digests[0])
    expect(digests[2]).not.toBe(digests[0])
  })

  it('unpacks once, read-only, with the entrypoint of package.json', async () => {
    const images = store()
    const directory = await sources(APP)
    await chmod(join(directory, 'lib/a.js'), 0o777)
    await symlink('lib/a.js', join(directory, 'current.js'))
    const built = await buildImage({ directory, name: 'web', layout: images.layout, env: ['COLOUR=blue'] })
    expect(built).toMatchObject({ name: 'web:latest', files: 6 })
    const [image, again] = await Promise.all([
      images.find('web'),
      images.find('docker.io/library/web:latest'),
    ])
    expect(image).toMatchObject({
      id: `web@${built.digest}`,
      entrypoint: ['node', 'server.js', '--fast'],
      cmd: [],
      env: { COLOUR: 'blue' },
      workingDir: '/app',
    })
    expect(again?.root).toBe(image?.root)
    const root = image?.root ?? ''
    expect(readFileSync(join(root, 'app/server.js'), 'utf8')).toBe('console.log(1)')
    expect(readlinkSync(join(root, 'app/current.js'))).toBe('lib/a.js')
    expect(statSync(join(root, 'app/lib/a.js')).mode & 0o777).toBe(0o555)
    expect(statSync(join(root, 'app/lib/b.js')).mode & 0o777).toBe(0o444)
    expect(statSync(join(root, 'app')).mode & 0o777).toBe(0o755)
    expect(await images.find('web:2')).toBeUndefined()
    expect(await images.find(`other@${built.digest}`)).toMatchObject({ root })
  })

  it('moves a name to the newest image, removes names, and prunes what is no longer named', async () => {
    const images = store()
    const old = await buildImage({ directory: await sources(APP), name: 'web:1', layout: images.layout })
    const oldRoot = (await images.find('web:1'))?.root ?? ''
    const next = await buildImage({
      directory: await sources({ ...APP, 'x.txt': 'x' }),
      name: 'web:1',
      layout: images.layout,
    })
    expect(images.layout.images().map(({ name, descriptor }) => [name, descriptor.digest])).toEqual([
      ['web:1', next.digest],
    ])
    await images.prune(new Set([oldRoot]))
    expect(statSync(oldRoot).isDirectory()).toBe(true)
    await images.prune(new Set())
    expect(statSync(oldRoot, { throwIfNoEntry: false })).toBeUndefined()
    expect(old.digest).not.toBe(next.digest)
    const blobs = () => readdirSync(join(images.layout.path, 'blobs/sha256')).length
    const before = blobs()
    expect(images.layout.remove('web:1')).toBe(true)
    expect(blobs()).toBeLessThan(before)
    expect(images.layout.remove('web:1')).toBe(false)
  })

  it.each([
    [
      'scripts.start with a shell',
      { 'package.json': '{"scripts":{"start":"A=1 node x.js"}}' },
      /not of the form "node FILE"/,
    ],
    ['no command at all', { 'package.json': '{}' }, /no scripts.start, main or bin/],
    ['a main that is missing', { 'package.json': '{"main":"x.js"}' }, /names x.js, which does not exist/],
    ['no package.json', { 'a.js': '' }, /no package.json/],
    ['package.json that does not parse', { 'package.json': '{' }, /package.json: /],
  ])('refuses %s', async (_, files, message) => {
    const directory = await sources(files)
    await expect(buildImage({ directory, name: 'web', layout: store().layout })).rejects.toThrow(message)
  })

  it('refuses a link that leaves the directory, and a bad name', async () => {
    const directory = await sources(APP)
    await symlink('../../etc/passwd', join(directory, 'lib/secret'))
    await expect(buildImage({ directory, name: 'web', layout: store().layout })).rejects.toThrow(
      /lib\/secret is a link to ..\/..\/etc\/passwd, outside of the directory/,
    )
    await writeFile(join(directory, '.dockerignore'), 'lib\n')
    await expect(buildImage({ directory, name: 'Web', layout: store().layout })).rejects.toThrow(
      /"Web" is not an image reference/,
    )
    expect((await buildImage({ directory, name: 'web', layout: store().layout })).files).toBe(3)
  })
})

interface Entry {
  name: string
  type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device'
  linkname?: string
  content?: string
}

async function layer(layout: ImageLayout, entries: Entry[]) {
  const archive = pack()
  for (const { content = '', ...header } of entries) archive.entry(header, content)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return { mediaType: LAYER_TYPE, ...layout.writeBlob(gzipSync(Buffer.concat(chunks))) }
}

async function imageOf(images: ImageStore, ...layers: Entry[][]): Promise<void> {
  const { layout } = images
  const blob = (value: unknown) => layout.writeBlob(Buffer.from(JSON.stringify(value)))
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...blob({ rootfs: {} }) }
  const parts = []
  for (const entries of layers) parts.push(await layer(layout, entries))
  layout.tag('x:1', { mediaType: MANIFEST_TYPE, ...blob({ schemaVersion: 2, config, layers: parts }) })
}

describe('unpacking layers of others', () => {
  it('applies whiteouts and opaque directories to lower layers only', async () => {
    const images = store()
    await imageOf(
      images,
      [
        { name: 'etc/a', content: '1' },
        { name: 'etc/b', content: '1' },
        { name: 'var/old', content: '1' },
        { name: 'bin', type: 'symlink', linkname: '/usr/bin' },
        { name: 'usr/bin/tool', content: 'tool' },
      ],
      [
        { name: 'etc/.wh.a' },
        { name: 'var/new', content: '2' },
        { name: 'var/.wh..wh..opq' },
        { name: 'bin/other', content: 'other' },
      ],
    )
    const root = (await images.find('x:1'))?.root ?? ''
    expect(await readdir(join(root, 'etc'))).toEqual(['b'])
    expect(await readdir(join(root, 'var'))).toEqual(['new'])
    expect(readlinkSync(join(root, 'bin'))).toBe('usr/bin')
    expect((await readdir(join(root, 'usr/bin'))).sort()).toEqual(['other', 'tool'])
  })

  it.each<[string, Entry[], RegExp]>([
    ['a path upwards', [{ name: '../evil', content: 'x' }], /leaves the image/],
    ['a link upwards', [{ name: 'a/l', type: 'symlink', linkname: '../../etc' }], /leaves the image/],
    ['a hard link upwards', [{ name: 'l', type: 'link', linkname: '../../etc/passwd' }], /leaves the image/],
    ['the hiding of the folder above', [{ name: '.wh...' }], /hides no file/],
    ['the hiding of its own folder', [{ name: 'a/.wh.' }], /hides no file/],
    ['a device', [{ name: 'dev/null', type: 'character-device' }], /entries of type character-device/],
    [
      'a link that leaves through another link',
      [
        { name: 'd/l', type: 'symlink', linkname: '..' },
        { name: 'd/l/m', type: 'symlink', linkname: '../..' },
      ],
      /leaves the image/,
    ],
  ])('refuses %s and leaves nothing behind', async (_, entries, message) => {
    const images = store()
    await imageOf(images, [{ name: 'fine', content: '1' }], entries)
    await expect(images.find('x:1')).rejects.toThrow(message)
    expect(await readdir(join(dirname(images.layout.path), 'unpacked'))).toEqual([])
  })

  it('names the blob that was damaged', async () => {
    const images = store()
    await imageOf(images, [{ name: 'a', content: '1' }])
    const [image] = images.layout.images()
    const file = images.layout.blobPath(image?.descriptor.digest ?? '')
    await rm(file)
    await writeFile(file, '{}')
    await expect(images.find('x:1')).rejects.toThrow(`${file}: content does not match its digest`)
    expect(digestOf(Buffer.from(''))).toMatch(/^sha256:e3b0c442/)
  })
})
