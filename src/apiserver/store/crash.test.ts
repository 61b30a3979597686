import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
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
/** `DRAVE_CRASH_ROUNDS=1000 npx vitest run src/apiserver/store/crash.test.ts` is the long form. */
const ROUNDS = Number(process.env.DRAVE_CRASH_ROUNDS ?? 6)
const MAX_LINES_PER_ROUND = 600
const SECONDS_PER_ROUND = 5
const SIDES = 16

/**
 * Writes without end from as many sides as it is told, and prints each change that was acknowledged or that a watch has shown.
 * A clock by which the disk is always quick lets writes of one side be made in place, whatever the disk is.
 */
const writer = `
import { writeSync } from 'node:fs'
import { RealClock } from ${JSON.stringify(join(import.meta.dirname, '../../kernel/clock.ts'))}
import { LogStorage } from ${JSON.stringify(join(import.meta.dirname, 'log-storage.ts'))}
import { LogStore } from ${JSON.stringify(join(import.meta.dirname, 'log-store.ts'))}
const log = { info() {}, warn() {}, error() {} }
let elapsed = 0
const clock = { elapsed: () => (elapsed += 0.1) }
const storage = new LogStorage({ directory: process.argv[2], log, clock, snapshotAfterBytes: 40_000 })
const store = new LogStore({ storage, clock: new RealClock(), log, hooks: {} })
await store.load()
const resource = '/configmaps', namespace = 'default'
const watcher = store.watch(resource, { namespace: undefined, matches: undefined }, store.revision)
writeSync(1, 'begin - ' + store.revision + '\\n')
void (async () => {
  for (let events = await watcher.take(); events; events = await watcher.take())
    for (const { stored } of events) writeSync(1, 'event ' + stored.object.count + ' ' + stored.revision + ' ' + stored.name + '\\n')
})()
for (let side = 0; side < Number(process.argv[3]); side++) void (async () => {
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

it(
  'keeps every acknowledged write and every event that a watch has shown, in order, through kill -9',
  async () => {
    const state = join(directory, 'state')
    const acknowledged = new Map<string, { count: number; revision: number }>()
    let shown = 1
    let events = 0
    for (let round = 0; round < ROUNDS; round++) {
      const sides = round % 2 === 0 ? SIDES : 1
      const child = spawn(process.execPath, [join(directory, 'bin/writer.mjs'), state, String(sides)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      // Anywhere, also while it still reads what the round before has left.
      let lines = randomInt(MAX_LINES_PER_ROUND)
      if (lines === 0) child.kill('SIGKILL')
      for await (const line of createInterface({ input: child.stdout })) {
        const [name = '', count, revision, of = ''] = line.split(' ')
        if (name === 'begin') {
          // Nothing that was shown is taken back.
          expect(Number(revision)).toBeGreaterThanOrEqual(shown)
          shown = Number(revision)
        } else if (name === 'event') {
          expect(Number(revision)).toBe(++shown)
          events++
          acknowledged.set(of, { count: Number(count), revision: Number(revision) })
        } else {
          const known = acknowledged.get(name)
          if (!known || known.revision < Number(revision))
            acknowledged.set(name, { count: Number(count), revision: Number(revision) })
        }
        if (--lines === 0) child.kill('SIGKILL')
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
    expect(acknowledged.size).toBe(SIDES)
    expect(events).toBeGreaterThan(ROUNDS)
  },
  ROUNDS * SECONDS_PER_ROUND * 1000,
)
