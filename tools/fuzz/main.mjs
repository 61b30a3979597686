// Fuzzes what reads foreign input:
//   node tools/fuzz/main.mjs [json|selectors|patches|apply|protobuf|yaml|cel|requests|all] [--seconds N] [--cases N] [--seed S]
// The same seed tries the same inputs. Prints how many, and the smallest input found for each property that broke;
// exits with 1 when any did.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'

const root = new URL('../..', import.meta.url).pathname
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    cases: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(
    'usage: node tools/fuzz/main.mjs [json|selectors|patches|apply|protobuf|yaml|cel|requests|all] [--seconds N, of each] [--cases N, at most] [--seed S]',
  )
  process.exit(0)
}

const folder = mkdtempSync(join(root, 'node_modules/.fuzz-'))
let broken = 0
try {
  const bundle = await rolldown({
    input: join(root, 'tools/fuzz/run.ts'),
    platform: 'node',
    // Modules that are loaded late elsewhere are loaded at once here, which is no matter.
    checks: { ineffectiveDynamicImport: false },
    logLevel: 'warn',
    transform: { target: 'node20' },
  })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'run.mjs', sourcemap: 'inline' })
  await bundle.close()
  process.setSourceMapsEnabled(true)
  const { kinds, runKind } = await import(pathToFileURL(join(folder, 'run.mjs')).href)
  const names = positionals.length === 0 || positionals.includes('all') ? Object.keys(kinds) : positionals
  const unknown = names.filter(name => !(name in kinds))
  if (unknown.length > 0) {
    console.error(
      `there is no fuzzing of ${unknown.join(', ')}; there is of ${Object.keys(kinds).join(', ')}`,
    )
    process.exitCode = 64
  } else
    for (const name of names)
      broken += await runKind(name, {
        seconds: Number(values.seconds),
        cases: Number(values.cases),
        seed: Number(values.seed),
      })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (broken > 0) process.exitCode = 1
