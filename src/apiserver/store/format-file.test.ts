import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { settleFormat, type StoreProgram } from './format-file.ts'
import { FORMAT_VERSION } from './log-format.ts'
import { LogStorage } from './log-storage.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drave-format-'))
  await cp(new URL('fixtures/format-1', import.meta.url).pathname, directory, { recursive: true })
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const log = { info() {}, warn() {}, error() {} }
const noted = async () => JSON.parse(await readFile(join(directory, 'format.json'), 'utf8')) as object

it('a directory of format 1 is read, and says from then on who wrote it', async () => {
  const names: string[] = []
  await using storage = new LogStorage({ directory, log, version: '1.2.3' })
  const contents = await storage.load({
    restore: ({ name, text }) => names.push(`${name} ${text}`),
    replay: ({ operation, name }) => names.push(`${operation} ${name}`),
  })
  expect(names).toEqual(['a {"data":"é"}', 'put b', 'delete a'])
  expect(contents).toEqual({ snapshotRevision: 1, revision: 3 })
  expect(await noted()).toEqual({ format: FORMAT_VERSION, writtenBy: '1.2.3' })
})

it('an older directory goes through each migration once, in order, also where one was cut short', async () => {
  const ran: number[] = []
  let isCutShort = true
  const program: StoreProgram = {
    format: 3,
    version: '3.0.0',
    migrations: new Map([
      [1, async () => void ran.push(1)],
      [
        2,
        async () => {
          ran.push(2)
          if (isCutShort) throw new Error('no space')
        },
      ],
    ]),
  }
  await expect(settleFormat(directory, program)).rejects.toThrow('no space')
  expect(await noted()).toEqual({ format: 2, writtenBy: '3.0.0' })
  isCutShort = false
  await settleFormat(directory, program)
  await settleFormat(directory, program)
  expect(ran).toEqual([1, 2, 2])
  expect(await noted()).toEqual({ format: 3, writtenBy: '3.0.0' })
})

it.each([
  [
    '{"format":9,"writtenBy":"9.9.0"}',
    /has format 9, written by Drave 9\.9\.0; this one, 1\.2\.3, reads up to 1/,
  ],
  ['{"form', /does not say which format/],
])('%s is refused, and left as it is', async (text, problem) => {
  const path = join(directory, 'format.json')
  await writeFile(path, text)
  const storage = new LogStorage({ directory, log, version: '1.2.3' })
  await expect(storage.load({ restore() {}, replay() {} })).rejects.toThrow(problem)
  expect(await readFile(path, 'utf8')).toBe(text)
})
