// Drave's RE2 engine against JavaScript's RegExp on ordinary patterns: nanoseconds for one text, and the ratio.
//   node tools/bench/re2.mjs [--milliseconds 200]
// Both engines are warm. JavaScript may take time exponential in the text where RE2 never does: the last rows.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'

const { values } = parseArgs({
  options: { milliseconds: { type: 'string', default: '200' }, help: { type: 'boolean' } },
})
if (values.help) {
  console.log('usage: node tools/bench/re2.mjs [--milliseconds N]   (time for each measurement)')
  process.exit(0)
}
const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(root, 'node_modules/.bench-'))
const bundle = await rolldown({ input: join(root, 'src/languages/re2/pattern.ts'), platform: 'node' })
await bundle.write({ file: join(folder, 're2.mjs'), format: 'esm' })
await bundle.close()
const { compile } = await import(pathToFileURL(join(folder, 're2.mjs')).href)
rmSync(folder, { recursive: true })

const pods = Array.from(
  { length: 100 },
  (_, index) => `checkout-${(index * 7919).toString(36)}-${'abcdefghij'[index % 10]}x4k${index}`,
)
const codes = ['200', '201', '301', '404', '500', '503']
const paths = Array.from(
  { length: 100 },
  (_, index) => `/api/v${index % 3}/meetups/${index}/talks?page=${index}`,
)
const lines = paths.map(
  path => `2026-01-02T03:04:05Z ERROR request to ${path} took 1532 ms (deadline exceeded)`,
)
const long = ['x'.repeat(20) + 'lorem ipsum dolor sit amet, '.repeat(400)]

/** [name, pattern, texts, whole text or anywhere] */
const rows = [
  ['literal', 'checkout-3', pods, 'fullMatch'],
  ['list of names', pods.slice(0, 50).join('|'), pods, 'fullMatch'],
  ['prefix', 'checkout-.*', pods, 'fullMatch'],
  ['part', '.*meetups.*', paths, 'fullMatch'],
  ['status codes', '5..|404', codes, 'fullMatch'],
  ['pod of a set', 'checkout-[a-z0-9]+-[a-z0-9]{5}', pods, 'fullMatch'],
  ['route', '/api/v[0-9]+/meetups/([^/]+)/talks.*', paths, 'fullMatch'],
  ['two words', '.*(timeout|deadline).*', lines, 'fullMatch'],
  ['any case', '(?i)error', lines, 'test'],
  ['number and unit', '\\b\\d+ ms\\b', lines, 'test'],
  ['10 kB, no match', 'dolor [0-9]+', long, 'test'],
  ['10 kB, no match, any case', '(?i)[a-z]+@[a-z]+', long, 'test'],
  ['groups of a route', '/api/(v[0-9]+)/meetups/([^/]+)/.*', paths, 'findFull'],
  ['groups of a pod', '(.*)-([a-z0-9]+)', pods, 'findFull'],
]
const budgetMs = Number(values.milliseconds)

/** Nanoseconds for one text, the best of three rounds. */
function measure(run, texts) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const started = performance.now()
    let count = 0
    let spent = 0
    while (spent < budgetMs / 3) {
      for (let repeat = 0; repeat < 10; repeat++) for (const text of texts) run(text)
      count += 10 * texts.length
      spent = performance.now() - started
    }
    best = Math.min(best, (spent * 1e6) / count)
  }
  return best
}

function javascript(source, operation) {
  const flags = source.startsWith('(?i)') ? 'isu' : 'su'
  const body = source.replace('(?i)', '')
  const expression = new RegExp(operation === 'test' ? body : `^(?:${body})$`, flags)
  return operation === 'findFull' ? text => expression.exec(text) : text => expression.test(text)
}

const columns = (name, ours, theirs, ratio) =>
  console.log(`${name.padEnd(28)}${ours.padStart(12)}${theirs.padStart(12)}${ratio.padStart(9)}`)
columns('pattern', 're2, ns', 'RegExp, ns', 'ratio')
for (const [name, source, texts, operation] of rows) {
  const pattern = compile(source, { flags: 's' })
  const expression = javascript(source, operation)
  const ours = measure(text => pattern[operation](text), texts)
  const theirs = measure(expression, texts)
  columns(name, ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2))
}
for (const length of [16, 20, 24]) {
  const texts = ['a'.repeat(length)]
  const pattern = compile('(a+)+b')
  const ours = measure(text => pattern.test(text), texts)
  const expression = /(a+)+b/u
  const started = performance.now()
  expression.test(texts[0])
  const theirs = (performance.now() - started) * 1e6
  columns(`(a+)+b on ${length} a`, ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(6))
}
