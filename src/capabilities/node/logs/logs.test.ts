import { getEventListeners } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import type { PodLogOptions } from '../../../kernel/ports.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { ContainerLog } from './container-log.ts'
import { LineCutter, parseEntry } from './cri-line.ts'
import { LogBoard } from './log-board.ts'
import { podLogs } from './pod-logs.ts'

let directory: string
let board: LogBoard
const clock = new VirtualClock(Date.UTC(2026, 0, 1))
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-logs-'))
  board = new LogBoard(directory)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

// Only what logs need of a pod.
const pod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u1' },
  spec: { containers: [{ name: 'a' }] },
} as unknown as Pod

const openLog = (run = 0, limits = { maxFileBytes: 1 << 20, maxFiles: 5 }, dropped = (_: number) => {}) => {
  const path = board.path(pod, 'a', run)
  board.opened(path)
  return new ContainerLog(path, { clock, limits, changed: () => board.changed(path), dropped })
}
const closeLog = async (log: ContainerLog) => {
  await log.close()
  board.closed(log.path)
}

async function read(options: PodLogOptions = {}, of: Pod = pod): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of podLogs(board, clock).read(of, options, new AbortController().signal))
    chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
/** Writes a line and waits until it is in the file. */
async function writeThrough(log: ContainerLog, text: string): Promise<void> {
  const written = new Promise<void>(resolve => {
    const subscription = board.onChange(log.path, () => {
      subscription[Symbol.dispose]()
      resolve()
    })
  })
  log.write('stdout', line(text))
  await written
}
const line = (text: string) => Buffer.from(`${text}\n`)

describe('container logs', () => {
  it('are written in the CRI format and read without it', async () => {
    const log = openLog()
    log.write('stdout', Buffer.from('one\ntw'))
    log.write('stderr', line('oops'))
    log.write('stdout', Buffer.from('o\nlast'))
    await closeLog(log)
    const lines = readFileSync(log.path, 'utf8').trimEnd().split('\n')
    expect(lines).toEqual([
      '2026-01-01T00:00:00.000000000Z stdout F one',
      '2026-01-01T00:00:00.000000000Z stderr F oops',
      '2026-01-01T00:00:00.000000000Z stdout F two',
      '2026-01-01T00:00:00.000000000Z stdout F last',
    ])
    expect(await read()).toBe('one\noops\ntwo\nlast\n')
    expect(await read({ timestamps: true, tailLines: 1 })).toBe('2026-01-01T00:00:00.000000000Z last\n')
  })

  it('cut long lines in parts, which are joined again', async () => {
    const log = openLog()
    const long = 'x'.repeat(40_000)
    log.write('stdout', line(long))
    await closeLog(log)
    const tags = readFileSync(log.path, 'utf8')
      .trimEnd()
      .split('\n')
      .map(text => text.split(' ')[2])
    expect(tags).toEqual(['P', 'P', 'F'])
    expect(await read()).toBe(`${long}\n`)
  })

  it.each<[PodLogOptions, string]>([
    [{ tailLines: 0 }, ''],
    [{ tailLines: 2 }, '8\n9\n'],
    [{ tailLines: 100 }, '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n'],
    [{ sinceSeconds: 2 }, '8\n9\n'],
    [{ tailLines: 1, sinceSeconds: 5 }, '9\n'],
    [{ limitBytes: 5 }, '0\n1\n2'],
  ])('are read with %j', async (options, expected) => {
    const log = openLog()
    for (let second = 0; second < 10; second++) {
      log.write('stdout', line(String(second)))
      await clock.advance(1000)
    }
    await closeLog(log)
    expect(await read(options)).toBe(expected)
  })

  it('rotate by size, keep so many files, and are read across them', async () => {
    const log = openLog(0, { maxFileBytes: 400, maxFiles: 3 })
    for (let count = 0; count < 60; count++) {
      await writeThrough(log, `line ${count}`)
    }
    await closeLog(log)
    const files = readdirSync(dirname(log.path)).filter(name => name.startsWith('0.log'))
    expect(files.length).toBeLessThanOrEqual(3)
    const lines = (await read()).trimEnd().split('\n')
    expect(lines.at(-1)).toBe('line 59')
    expect(lines.length).toBeLessThan(60)
    expect((await read({ tailLines: 12 })).trimEnd().split('\n')).toEqual(lines.slice(-12))
  })

  it('are followed live, across rotation, to the end of the container, and no longer than wanted', async () => {
    const log = openLog(0, { maxFileBytes: 200, maxFiles: 100 })
    log.write('stdout', line('begin'))
    const following = read({ follow: true })
    const stop = new AbortController()
    const aborted = podLogs(board, clock).read(pod, { follow: true }, stop.signal)[Symbol.asyncIterator]()
    expect(Buffer.from((await aborted.next()).value ?? []).toString()).toContain('begin')
    const expected = ['begin']
    for (let count = 0; count < 40; count++) {
      await writeThrough(log, `line ${count}`)
      expected.push(`line ${count}`)
    }
    await closeLog(log)
    expect((await following).trimEnd().split('\n')).toEqual(expected)
    stop.abort()
    while (!(await aborted.next()).done);
  })

  it('cost a reader that follows them no more the longer it does', async () => {
    const log = openLog()
    log.write('stdout', line('begin'))
    const { signal } = new AbortController()
    const following = podLogs(board, clock).read(pod, { follow: true }, signal)[Symbol.asyncIterator]()
    await following.next()
    for (let count = 0; count < 20; count++) {
      const next = following.next()
      await writeThrough(log, `line ${count}`)
      expect(Buffer.from((await next).value ?? []).toString()).toBe(`line ${count}\n`)
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await closeLog(log)
    expect((await following.next()).done).toBe(true)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('of the run before are there for --previous', async () => {
    for (const run of [0, 1]) {
      const log = openLog(run)
      log.write('stdout', line(`run ${run}`))
      await closeLog(log)
    }
    expect(await read()).toBe('run 1\n')
    expect(await read({ previous: true })).toBe('run 0\n')
  })

  it.each([
    ['every file', 50, 0],
    ['what is left, and that some is not', 2, 1],
  ])('give a reader that falls behind %s', async (_, maxFiles, gaps) => {
    const log = openLog(0, { maxFileBytes: 100, maxFiles })
    await writeThrough(log, 'line 0')
    const following = podLogs(board, clock).read(pod, { follow: true }, new AbortController().signal)
    const chunks = following[Symbol.asyncIterator]()
    let text = Buffer.from((await chunks.next()).value ?? []).toString()
    for (let count = 1; count <= 20; count++) await writeThrough(log, `line ${count}`)
    await closeLog(log)
    for (let next = await chunks.next(); !next.done; next = await chunks.next())
      text += Buffer.from(next.value).toString()
    expect(text.match(/lines are missing here/g) ?? []).toHaveLength(gaps)
    const numbers = [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
    expect(numbers.at(-1)).toBe(20)
    if (gaps === 0) expect(numbers).toEqual([...Array(21).keys()])
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
  })

  it('refuse in the words of the API server', async () => {
    const two = { ...pod, spec: { containers: [{ name: 'a' }, { name: 'b' }] } } as unknown as Pod
    await expect(read({}, two)).rejects.toThrow(
      'a container name must be specified for pod web, choose one of: [a b]',
    )
    await expect(read({ container: 'x' })).rejects.toThrow('container x is not valid for pod web')
    await expect(read()).rejects.toThrow('container "a" in pod "web" is waiting to start: ContainerCreating')
    await expect(read({ previous: true })).rejects.toThrow(
      'previous terminated container "a" in pod "web" not found',
    )
  })

  it('count what a slow disk makes them drop, and say so', async () => {
    let dropped = 0
    const log = openLog(0, { maxFileBytes: 1 << 30, maxFiles: 2 }, bytes => {
      dropped += bytes
    })
    const chunk = Buffer.from(`${'y'.repeat(9_999)}\n`)
    // In one turn of the event loop the disk cannot take anything.
    for (let count = 0; count < 600; count++) log.write('stdout', chunk)
    await new Promise(resolve => setImmediate(resolve))
    while (dropped > 0 && !(await read({ tailLines: 1 })).includes('dropped')) {
      log.write('stdout', line('after'))
      await new Promise(resolve => setImmediate(resolve))
      if ((await read({ tailLines: 2 })).includes('bytes of output were dropped')) break
    }
    await closeLog(log)
    expect(dropped).toBeGreaterThan(1_000_000)
    expect(await read({ tailLines: 50 })).toMatch(/\[drave\] \d+ bytes of output were dropped/)
  })
})

describe('lines', () => {
  it('keep at most one incomplete line', () => {
    const cutter = new LineCutter()
    expect(cutter.push(Buffer.from('a'))).toEqual([])
    expect(cutter.push(Buffer.from('b\n\nc')).map(part => part.content.toString())).toEqual(['ab', ''])
    expect(cutter.end()?.content.toString()).toBe('c')
    expect(cutter.end()).toBeUndefined()
  })

  it.each(['', 'nonsense', '2026-01-01T00:00:00Z stdin F x', '2026-01-01T00:00:00Z stdout'])(
    'that are not in the format are left out: %j',
    text => expect(parseEntry(Buffer.from(text))).toBeUndefined(),
  )
})
