import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mkfifo, PipePool } from './pipe-pool.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-pipes-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('makes pipes for many containers at once, and gives each its own', async () => {
  let times = 0
  const pool = new PipePool(join(directory, 'pool'), async files => {
    times++
    await mkfifo(files)
  })
  const containers = Array.from({ length: 40 }, (_, index) => join(directory, 'pods', String(index)))
  const taken = await Promise.all(containers.map(container => pool.take(container)))
  const stats = taken.flatMap(({ stdout, stderr }) => [statSync(stdout), statSync(stderr)])
  expect(stats.every(stat => stat.isFIFO() && (stat.mode & 0o777) === 0o600)).toBe(true)
  expect(new Set(stats.map(({ ino }) => ino)).size).toBe(80)
  expect(times).toBe(2)
})

it('replaces the pipes of an earlier run, whatever an earlier process left in the pool', async () => {
  const one = await new PipePool(join(directory, 'pool')).take(join(directory, 'web'))
  const before = statSync(one.stdout).ino
  const two = await new PipePool(join(directory, 'pool')).take(join(directory, 'web'))
  expect(two).toEqual(one)
  expect(statSync(two.stdout).isFIFO()).toBe(true)
  expect(statSync(two.stdout).ino).not.toBe(before)
})

it('tries again after a failure', async () => {
  let isBroken = true
  const pool = new PipePool(join(directory, 'pool'), async files => {
    if (isBroken) throw new Error('no processes left')
    await mkfifo(files)
  })
  await expect(pool.take(join(directory, 'web'))).rejects.toThrow('no processes left')
  isBroken = false
  expect(statSync((await pool.take(join(directory, 'web'))).stderr).isFIFO()).toBe(true)
})
