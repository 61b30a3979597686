import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeRoot } from './container-root.ts'
import { writePayload } from './payload.ts'
import { safePath, unsupportedVolumes } from './volume-content.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-volume-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const files = (content: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(content).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

describe('files of a volume', () => {
  it('change all at once, by one link', async () => {
    expect(await writePayload(directory, files({ a: '1', 'd/b': '1' }, 0o400))).toBe(true)
    const first = readlinkSync(join(directory, '..data'))
    expect(await writePayload(directory, files({ a: '1', 'd/b': '1' }, 0o400))).toBe(false)
    expect(statSync(join(directory, 'd/b')).mode & 0o777).toBe(0o400)
    expect(readlinkSync(join(directory, 'a'))).toBe('..data/a')

    expect(await writePayload(directory, files({ a: '2', c: '2' }))).toBe(true)
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('2')
    expect(readdirSync(directory).sort()).toEqual(
      ['..data', readlinkSync(join(directory, '..data')), 'a', 'c'].sort(),
    )
    expect(readlinkSync(join(directory, '..data'))).not.toBe(first)
  })

  it.each(['../x', '/etc/passwd', 'a/../../b'])('do not leave it: %s', path =>
    expect(() => safePath(path)).toThrow('must be relative'),
  )

  it('of kinds that this node does not have are named', () => {
    expect(
      unsupportedVolumes([
        { name: 'ok', emptyDir: {} },
        { name: 'nfs', nfs: { path: '/', server: 's' } },
        { name: 'p', projected: { sources: [{ configMap: {} }, { clusterTrustBundle: { path: 't' } }] } },
        { name: 'c', persistentVolumeClaim: { claimName: 'c' } },
      ]).map(text => text.split(':')[0]),
    ).toEqual(['spec.volumes[1].nfs', 'spec.volumes[2].projected.sources[1].clusterTrustBundle'])
  })
})

describe('the root of a container', () => {
  it('links the shared image, copies what is mounted into, and nests mounts', async () => {
    const image = join(directory, 'image')
    await mkdir(join(image, 'app/config'), { recursive: true })
    await mkdir(join(image, 'usr'))
    writeFileSync(join(image, 'app/server.js'), 'x', { mode: 0o444 })
    writeFileSync(join(image, 'app/config/old'), 'x', { mode: 0o444 })
    const [config, data] = [join(directory, 'config'), join(directory, 'data')]
    await Promise.all([mkdir(config), mkdir(data)])
    writeFileSync(join(config, 'new'), 'y')
    const root = join(directory, 'root')
    const mounts = [
      { volume: 'data', mountPath: '/var/data', target: data, readOnly: false },
      { volume: 'inner', mountPath: '/var/data/inner', target: config, readOnly: false },
      { volume: 'config', mountPath: '/app/config', target: config, readOnly: false },
    ]
    for (let run = 0; run < 2; run++) {
      await makeRoot({ directory: root, mounts, image, copy: false })
      expect(lstatSync(join(root, 'usr')).isSymbolicLink()).toBe(true)
      expect(lstatSync(join(root, 'app')).isSymbolicLink()).toBe(false)
      expect(readdirSync(join(root, 'app/config'))).toEqual(['new'])
      expect(readFileSync(join(root, 'var/data/inner/new'), 'utf8')).toBe('y')
      writeFileSync(join(root, 'app/server.js'), `written in run ${run}`)
    }
    expect(readFileSync(join(image, 'app/server.js'), 'utf8')).toBe('x')
    expect(readdirSync(join(image, 'app/config'))).toEqual(['old'])
    expect(readdirSync(config)).toEqual(['new'])
  })
})
