import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeHeader } from './log-format.ts'
import { LogStorage, type LogStorageOptions } from './log-storage.ts'
import type { StorageRecord } from './storage.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drave-store-'))
})
const opened: LogStorage[] = []
afterEach(async () => {
  for (const storage of opened.splice(0)) await storage[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const warnings: string[] = []
const log = { info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} }
beforeEach(() => {
  warnings.length = 0
})

const record = (revision: number, name = `n${revision}`): StorageRecord => ({
  operation: 'put',
  revision,
  resource: '/configmaps',
  namespace: 'default',
  name,
  text: JSON.stringify({ metadata: { name }, note: 'é'.repeat(revision % 7) }),
})

async function contents(options: Partial<LogStorageOptions> = {}) {
  const restored: StorageRecord[] = []
  const replayed: StorageRecord[] = []
  const storage = new LogStorage({ directory, log, ...options })
  opened.push(storage)
  const found = await storage.load({
    restore: one => void restored.push(one),
    replay: one => void replayed.push(one),
  })
  return { storage, restored, replayed, ...found }
}

async function written(batches: StorageRecord[][]): Promise<void> {
  const { storage } = await contents()
  for (const batch of batches) await storage.append(batch)
  await storage[Symbol.asyncDispose]()
}

const files = async () => (await readdir(directory)).filter(name => name !== 'format.json').sort()

describe('a revision log', () => {
  it('gives back what was appended, in order', async () => {
    await written([[record(1), record(2)], [record(3)]])
    const { replayed, revision, storage } = await contents()
    expect(replayed).toEqual([record(1), record(2), record(3)])
    expect(revision).toBe(3)
    await storage.append([record(4)])
    await storage[Symbol.asyncDispose]()
    expect((await contents()).replayed).toHaveLength(4)
  })

  it('loses only the torn record, wherever a write was torn, and goes on', async () => {
    await written([[record(1), record(2)]])
    const [name = ''] = await files()
    const path = join(directory, name)
    const whole = await readFile(path)
    await written([[record(3)]])
    const torn = await readFile(path)
    for (let length = whole.length; length < torn.length; length++) {
      await writeFile(path, torn.subarray(0, length))
      const { replayed, storage } = await contents()
      expect(replayed.map(one => one.revision)).toEqual([1, 2])
      await storage.append([record(3, 'again')])
      await storage[Symbol.asyncDispose]()
      const after = await contents()
      expect(after.replayed.at(-1)).toEqual(record(3, 'again'))
      await after.storage[Symbol.asyncDispose]()
    }
    expect(warnings).toHaveLength(torn.length - whole.length - 1)
  })

  it('finds a changed byte anywhere in the last record', async () => {
    await written([[record(1)]])
    const [name = ''] = await files()
    const path = join(directory, name)
    const { length } = await readFile(path)
    await written([[record(2)]])
    const whole = await readFile(path)
    for (let at = length; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 0x55
      await writeFile(path, damaged)
      const { replayed, storage } = await contents()
      expect(replayed.map(one => one.revision)).toEqual([1])
      await storage[Symbol.asyncDispose]()
    }
  })

  it('replaces history by a snapshot', async () => {
    const { storage } = await contents({ snapshotAfterBytes: 1 })
    await storage.append([record(1), record(2)])
    expect(storage.wantsSnapshot).toBe(true)
    await storage.snapshot(2, [record(2)])
    await storage.append([record(3)])
    await storage.snapshot(3, [record(2), record(3)])
    await storage.append([record(4)])
    await storage[Symbol.asyncDispose]()
    expect(await files()).toEqual(['log-0000000000000003.drave', 'snapshot-0000000000000003.drave'])
    const after = await contents()
    expect(after.restored).toEqual([record(2), record(3)])
    expect(after.replayed).toEqual([record(4)])
    expect(after.snapshotRevision).toBe(3)
  })

  it('refuses files of a newer version, and leaves them alone', async () => {
    const header = encodeHeader('log', 0)
    header.writeUInt32LE(99, 8)
    const path = join(directory, 'log-0000000000000000.drave')
    await writeFile(path, header)
    await expect(contents()).rejects.toThrow(/format 99, written by a newer Drave/)
    expect(await readFile(path)).toEqual(header)
  })

  it('refuses a snapshot that is damaged', async () => {
    const { storage } = await contents()
    await storage.append([record(1)])
    await storage.snapshot(1, [record(1)])
    await storage[Symbol.asyncDispose]()
    const path = join(directory, 'snapshot-0000000000000001.drave')
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 3))
    await expect(contents()).rejects.toThrow(
      /snapshot-0000000000000001.drave: damaged at byte \d+, after 1 objects/,
    )
  })
})

/** By which every write takes a tenth of a millisecond. */
function quickClock() {
  let elapsed = 0
  return { elapsed: () => (elapsed += 0.1) }
}

describe('a disk that is quick', () => {
  const onLinux = it.skipIf(process.platform !== 'linux')

  /** Counts writes of worker threads; of the others each may be made to fail, by a file that cannot be written. */
  function watchedDisk() {
    const disk = { handedOver: 0, broken: false }
    const openFile: typeof open = async (path, flags, mode) => {
      const file = await open(path, flags, mode)
      const readOnly = await open(path, 'r')
      const close = file.close.bind(file)
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number }>
      return new Proxy(file, {
        get(_, name) {
          if (name === 'fd') return disk.broken ? readOnly.fd : file.fd
          if (name === 'close') return () => Promise.all([close(), readOnly.close()])
          if (name === 'write')
            return (...args: unknown[]) => {
              disk.handedOver++
              return write(...args)
            }
          const value: unknown = Reflect.get(file, name, file)
          return typeof value === 'function' ? value.bind(file) : value
        },
      })
    }
    return { disk, openFile }
  }

  onLinux('is written in place, one record at a time', async () => {
    const { disk, openFile } = watchedDisk()
    const { storage } = await contents({ openFile, clock: quickClock() })
    const records = Array.from({ length: 40 }, (_, index) => record(index + 1))
    for (const one of records.slice(0, 20)) await storage.append([one])
    const { handedOver } = disk
    for (const one of records.slice(20, 38)) await storage.append([one])
    expect(disk.handedOver).toBe(handedOver)
    await storage.append(records.slice(38))
    expect(disk.handedOver).toBe(handedOver + 1)
    await storage[Symbol.asyncDispose]()
    expect((await contents()).replayed).toEqual(records)
  })

  onLinux('takes back what fails in place', async () => {
    const { disk, openFile } = watchedDisk()
    const { storage } = await contents({ openFile, clock: quickClock() })
    for (let revision = 1; revision <= 20; revision++) await storage.append([record(revision)])
    disk.broken = true
    await expect(storage.append([record(21, 'lost')])).rejects.toMatchObject({ code: 'EBADF' })
    disk.broken = false
    await storage.append([record(21)])
    await storage[Symbol.asyncDispose]()
    expect((await contents()).replayed.map(({ name }) => name).slice(19)).toEqual(['n20', 'n21'])
  })
})

describe('a disk that fails', () => {
  /** Opens files whose writes store half the bytes and fail, and whose truncation fails too, as long as asked. */
  function failingDisk() {
    /** `sparing`: so many writes fail before the next succeed. */
    const disk = { full: false, stuck: false, sparing: 0 }
    const failure = () => Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' })
    const openFile: typeof open = async (path, flags, mode) => {
      const file = await open(path, flags, mode)
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number }>
      const truncate = file.truncate.bind(file)
      const failing = async (bytes: Buffer, offset: number, length: number, position: number) => {
        if (!disk.full && disk.sparing-- <= 0) return write(bytes, offset, length, position)
        await write(bytes, offset, length >> 1, position)
        throw failure()
      }
      return Object.assign(file, {
        write: failing,
        truncate: (length: number) => (disk.stuck ? Promise.reject(failure()) : truncate(length)),
      }) as typeof file
    }
    return { disk, openFile }
  }

  it.each([{ stuck: false }, { stuck: true }])(
    'takes a failed batch back and goes on (%o)',
    async ({ stuck }) => {
      const { disk, openFile } = failingDisk()
      const { storage } = await contents({ openFile })
      await storage.append([record(1)])
      Object.assign(disk, { full: true, stuck })
      await expect(storage.append([record(2, 'lost'), record(3, 'lost')])).rejects.toMatchObject({
        code: 'ENOSPC',
      })
      await expect(storage.append([record(2, 'lost')])).rejects.toMatchObject({ code: 'ENOSPC' })
      Object.assign(disk, { full: false, stuck: false })
      await storage.append([record(2)])
      await storage[Symbol.asyncDispose]()
      expect((await contents()).replayed).toEqual([record(1), record(2)])
    },
  )

  it('keeps what it took when there was no room to be made ahead', async () => {
    const { disk, openFile } = failingDisk()
    const { storage } = await contents({ openFile })
    await storage.append([record(1)])
    // Far more than the first step, so that the next records need another one, which does not fit.
    const large = {
      ...record(2),
      text: JSON.stringify({ metadata: { name: 'n2' }, note: 'x'.repeat(100_000) }),
    }
    disk.sparing = 1
    await storage.append([large])
    disk.full = true
    await expect(storage.append([{ ...large, revision: 3 }])).rejects.toMatchObject({ code: 'ENOSPC' })
    disk.full = false
    await storage.append([record(3)])
    await storage[Symbol.asyncDispose]()
    expect((await contents()).replayed).toEqual([record(1), large, record(3)])
  })
})
