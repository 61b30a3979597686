import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileDataDirectory, lockHolder } from './file-data-directory.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'drave-data-'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

describe('FileDataDirectory', () => {
  it('is private, and held by one process at a time', () => {
    const directory = join(path, 'data')
    const first = FileDataDirectory.open(directory)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(lockHolder(directory)).toBe(process.pid)
    expect(() => FileDataDirectory.open(directory)).toThrow(`in use by process ${process.pid}`)
    first[Symbol.dispose]()
    expect(lockHolder(directory)).toBeUndefined()
    FileDataDirectory.open(directory)[Symbol.dispose]()
    expect(readdirSync(directory)).toEqual(['format'])
  })

  it('takes over the lock of a process that is gone', () => {
    // The highest pid that Linux can give out, plus one.
    writeFileSync(join(path, 'lock'), JSON.stringify({ pid: 4_194_305 }))
    FileDataDirectory.open(path)[Symbol.dispose]()
  })

  it('takes over the lock when the pid has gone to another process', () => {
    writeFileSync(join(path, 'lock'), JSON.stringify({ pid: process.pid, started: '1' }))
    FileDataDirectory.open(path)[Symbol.dispose]()
  })

  it.each(['/proc/drave', '/dev/null/drave'])('says why it cannot be made at %s', place => {
    expect(() => FileDataDirectory.open(place)).toThrow(`data directory ${place}: `)
  })

  it('says why it cannot be written to', () => {
    mkdirSync(join(path, `lock.${process.pid}`))
    try {
      expect(() => FileDataDirectory.open(path)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining(`data directory ${path}: `),
          hint: expect.stringContaining('--data-dir'),
        }),
      )
    } finally {
      rmSync(join(path, `lock.${process.pid}`), { recursive: true, force: true })
    }
  })

  it('refuses the directory of a newer version and leaves it unlocked', () => {
    writeFileSync(join(path, 'format'), '99\n')
    expect(() => FileDataDirectory.open(path)).toThrow('has format 99; this Drave reads format 1')
    expect(readdirSync(path)).toEqual(['format'])
  })
})
