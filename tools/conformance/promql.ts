import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runScript } from '../../src/languages/promql/promqltest/run.ts'

/** Whole files that need a feature flag of upstream's which Drave does not have. */
const LEFT_OUT_FILES: Record<string, string> = {
  'type_and_unit.test': 'metadata as labels (type-and-unit-labels)',
}

/** Runs upstream's promqltest scripts in `FOLDER/promql`. */
export async function run(
  folder: string,
): Promise<{ passed: number; failed: number; failures: string[]; leftOut: string[] }> {
  const failures: string[] = []
  const reasons = new Map<string, number>()
  let passed = 0
  const root = join(folder, 'promql')
  for (const file of readdirSync(root).filter(name => name.endsWith('.test'))) {
    const text = readFileSync(join(root, file), 'utf8')
    const flag = LEFT_OUT_FILES[file]
    for (const outcome of runScript(text)) {
      const reason = flag ?? (outcome.outcome === 'left out' ? outcome.reason : undefined)
      if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      else if (outcome.outcome === 'passed') passed++
      else failures.push(`${file}:${outcome.line}: ${outcome.query}: ${outcome.reason}`)
    }
  }
  const leftOut = [...reasons].map(([reason, count]) => `${count} cases: ${reason}`)
  return { passed, failed: failures.length, failures, leftOut }
}
