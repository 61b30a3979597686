import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { LogStorage } from './log-storage.ts'
import { LogStore } from './log-store.ts'

const log = { info() {}, warn() {}, error() {} }
const ROUNDS = 6
const ACKNOWLEDGED_PER_ROUND = 150

/** Writes without end from several sides, and prints each change that was acknowledged. */
const writer = `
import { writeSync } from 'node:fs'
import { RealClock } from ${JSON.stringify(join(import.meta.dirname, '../../kernel/clock.ts'))}
import { LogStorage } from ${JSON.stringify(join(import.meta.dirname, 'log-storage.ts'))}
import { LogStore } from ${JSON.stringify(join(import.meta.dirname, 'log-store.ts'))}
const log = { info() {}, warn() {}, error() {} }
const storage = new LogStorage({ directory: process.argv[2], log, snapshotAfterBytes: 40_000 })
const store = new LogStore({ storage, clock: new RealClock(), log, hooks: {} })
await store.load()
const resource = '/configmaps', namespace = 'default'
for (let side = 0; side < 16; side++) void (async () => {
  const name = 'side-' + side
  for (;;) {
    const expected = store.head(resource, namespace, name)
    const count = (expected?.object.count ?? 0) + 1
    const metadata = { name, namespace }
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata, count, fill: 'x'.repeat(500) }
    const stored = await store.commit({ resource, namespace, name, expected, object })
    writeSync(1, name + ' ' + count + ' ' + stored.revision + '\\n')
  }
})()
`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drave-crash-'))
  await mkdir(join(directory, 'bin'))
  await writeFile(join(directory, 'bin/writer.ts'), writer)
  const bundle = await rolldown({
    input: join(directory, 'bin/writer.ts'),
    platform: 'node',
    logLevel: 'silent',
  })
  await bundle.write({ file: join(directory, 'bin/writer.mjs'), format: 'esm' })
  await bundle.close()
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('keeps every acknowledged write through kill -9', async () => {
  const state = join(directory, 'state')
  const acknowledged = new Map<string, { count: number; revision: number }>()
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [join(directory, 'bin/writer.mjs'), state], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    let seen = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const [name = '', count, revision] = line.split(' ')
      acknowledged.set(name, { count: Number(count), revision: Number(revision) })
      if (++seen === ACKNOWLEDGED_PER_ROUND) child.kill('SIGKILL')
    }
    await exited
    const store = new LogStore({
      storage: new LogStorage({ directory: state, log }),
      clock: new RealClock(),
      log,
      hooks: {},
    })
    await store.load()
    for (const [name, { count, revision }] of acknowledged) {
      const stored = store.get('/configmaps', 'default', name)
      // What was on disk but not yet acknowledged may be there too.
      expect(Number(Object(stored?.object).count)).toBeGreaterThanOrEqual(count)
      expect(stored?.revision).toBeGreaterThanOrEqual(revision)
      expect(store.revision).toBeGreaterThanOrEqual(revision)
    }
    await store[Symbol.asyncDispose]()
  }
  expect(acknowledged.size).toBe(16)
})
