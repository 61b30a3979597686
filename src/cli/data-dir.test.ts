import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataDirOf } from './data-dir.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drave-data-dir-'))
  mkdirSync(join(root, 'clone', 'deploy'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const makeDataDir = (folder: string) => {
  mkdirSync(join(folder, '.drave'))
  writeFileSync(join(folder, '.drave', 'format'), '1\n')
}
const find = (
  folder: string,
  given: { flags?: Record<string, string>; environment?: Record<string, string>; searchAbove?: boolean } = {},
) =>
  dataDirOf({
    flags: new Map(Object.entries(given.flags ?? {}).map(([name, value]) => [name, [value]])),
    environment: given.environment ?? {},
    folder: join(root, folder),
    searchAbove: given.searchAbove ?? true,
  })

describe('the data directory of a verb', () => {
  it('is the nearest .drave, here or above', async () => {
    makeDataDir(root)
    expect(await find('')).toBe(join(root, '.drave'))
    expect(await find('clone/deploy')).toBe(join(root, '.drave'))
    makeDataDir(join(root, 'clone'))
    expect(await find('clone/deploy')).toBe(join(root, 'clone', '.drave'))
  })

  it('is ./.drave where there is none above, and for verbs that mean this folder', async () => {
    expect(await find('clone')).toBe(join(root, 'clone', '.drave'))
    makeDataDir(root)
    expect(await find('clone', { searchAbove: false })).toBe(join(root, 'clone', '.drave'))
  })

  it('passes over a .drave that is no data directory', async () => {
    makeDataDir(root)
    mkdirSync(join(root, 'clone', '.drave'))
    expect(await find('clone')).toBe(join(root, '.drave'))
  })

  it.runIf(process.getuid?.() === 0)('passes over the data directory of another user', async () => {
    makeDataDir(root)
    makeDataDir(join(root, 'clone'))
    chownSync(join(root, 'clone', '.drave', 'format'), 65534, 65534)
    expect(await find('clone')).toBe(join(root, '.drave'))
  })

  it('is what the flag says, else the environment, else drave.yaml, before any .drave', async () => {
    makeDataDir(root)
    writeFileSync(join(root, 'drave.yaml'), 'dataDir: ./from-file\n')
    const environment = { DRAVE_DATA_DIR: '/from/environment' }
    expect(await find('')).toBe(join(root, 'from-file'))
    expect(await find('', { environment })).toBe('/from/environment')
    expect(await find('', { environment, flags: { 'data-dir': 'from-flag' } })).toBe(join(root, 'from-flag'))
  })
})
