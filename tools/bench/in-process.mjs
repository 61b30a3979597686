// Creates through the whole pipeline in this process, each on disk before its answer: what controllers and tests do.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = new URL('../..', import.meta.url).pathname
// Below the package, whose data the server reads.
const built = join(root, 'dist', 'bench')

async function load() {
  const bundle = await rolldown({
    input: { server: join(root, 'src/apiserver/api-server.ts'), clock: join(root, 'src/kernel/clock.ts') },
    platform: 'node',
    logLevel: 'silent',
    transform: { target: 'node20' },
  })
  await bundle.write({ dir: built, format: 'esm', entryFileNames: '[name].mjs', banner: REQUIRE })
  await bundle.close()
  const [{ createApiServer }, { RealClock }] = await Promise.all([
    import(join(built, 'server.mjs')),
    import(join(built, 'clock.mjs')),
  ])
  return { createApiServer, RealClock }
}

const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

/** Creates a second of ConfigMaps with so many characters, from a number of callers, and microseconds of CPU for each. */
export async function inProcessCreates({ seconds, callers, characters }) {
  const { createApiServer, RealClock } = await load()
  const directory = mkdtempSync(join(tmpdir(), 'drave-bench-'))
  const log = { info() {}, warn() {}, error: console.error }
  const api = await createApiServer({ clock: new RealClock(), log, storage: { directory } })
  const text = 'x'.repeat(characters)
  const create = name =>
    api.handle({
      user: { username: 'bench', groups: ['system:masters'] },
      verb: 'create',
      group: '',
      version: 'v1',
      plural: 'configmaps',
      namespace: 'default',
      options: {},
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } },
    })
  const run = async (duration, prefix) => {
    const until = performance.now() + duration * 1000
    let done = 0
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let turn = 0; performance.now() < until; turn++) {
          await create(`${prefix}-${caller}-${turn}`)
          done++
        }
      }),
    )
    return done
  }
  try {
    await run(1, 'warm')
    const [before, started] = [process.cpuUsage(), performance.now()]
    const done = await run(seconds, 'create')
    const { user, system } = process.cpuUsage(before)
    return { perSecond: (done * 1000) / (performance.now() - started), cpuMicros: (user + system) / done }
  } finally {
    await api[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
    rmSync(built, { recursive: true, force: true })
  }
}
