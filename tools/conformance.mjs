// Runs the conformance runners: `npm run conformance -- [NAME…]`. Each tools/conformance/NAME.ts exports
// `run(folder) → {passed, failed, failures, leftOut}` and reads one folder of the published cases.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const root = new URL('..', import.meta.url).pathname
const runners = readdirSync(join(root, 'tools/conformance'))
  .filter(name => name.endsWith('.ts'))
  .map(name => basename(name, '.ts'))
const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(
    `Usage: npm run conformance -- [NAME…]   (names: ${runners.join(', ')})\nReads DRAVE_CONFORMANCE, or ../shared/conformance.`,
  )
  process.exit(0)
}
const unknown = args.filter(name => !runners.includes(name))
if (unknown.length > 0) {
  console.error(`no conformance runner ${unknown.join(', ')}; there are ${runners.join(', ')}`)
  process.exit(64)
}
const cases = resolve(process.env.DRAVE_CONFORMANCE ?? join(root, '../shared/conformance'))
if (!existsSync(cases)) {
  console.log(
    `The conformance runners need a folder of published cases: set DRAVE_CONFORMANCE, or put it at ../shared/conformance. Nothing was run.`,
  )
  process.exit(0)
}

/** A regression against these counts fails the run; raise them as fidelity grows. */
const FLOOR = { promql: 806, 'kubernetes-api': 274 }

let failing = false
for (const name of args.length > 0 ? args : runners) {
  const folder = mkdtempSync(join(root, 'node_modules/.conformance-'))
  try {
    const bundle = await rolldown({
      input: join(root, 'tools/conformance', `${name}.ts`),
      platform: 'node',
      logLevel: 'warn',
    })
    await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'runner.mjs' })
    await bundle.close()
    const { run } = await import(pathToFileURL(join(folder, 'runner.mjs')).href)
    const { passed, failed, failures, leftOut } = await run(cases)
    for (const line of failures.slice(0, 40)) console.log(`  failed: ${line}`)
    if (failures.length > 40) console.log(`  … and ${failures.length - 40} more`)
    for (const line of leftOut) console.log(`  left out: ${line}`)
    console.log(`${name}: ${passed} passed, ${failed} failed`)
    if (passed < (FLOOR[name] ?? 0)) {
      console.log(`${name}: fewer than the ${FLOOR[name]} that passed before`)
      failing = true
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
process.exit(failing ? 1 : 0)
