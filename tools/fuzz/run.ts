import { applyFuzz } from './apply.ts'
import { celFuzz } from './cel.ts'
import { jsonFuzz } from './json.ts'
import { patchesFuzz } from './patches.ts'
import type { Fuzz, Property } from './property.ts'
import { protobufFuzz } from './protobuf.ts'
import { Random } from './random.ts'
import { requestsFuzz } from './requests.ts'
import { selectorsFuzz } from './selectors.ts'
import { shrink } from './shrink.ts'
import { yamlFuzz } from './yaml.ts'

/** Each kind of fuzzing; what it starts belongs to one run. */
export const kinds: Readonly<Record<string, () => Fuzz | Promise<Fuzz>>> = {
  json: () => jsonFuzz,
  selectors: () => selectorsFuzz,
  patches: () => patchesFuzz,
  apply: () => applyFuzz,
  protobuf: () => protobufFuzz,
  yaml: () => yamlFuzz,
  cel: () => celFuzz,
  requests: requestsFuzz,
}

/** Nothing may take this long, on a machine that has other work as well. */
const SLOW_MS = 10_000

export interface Bounds {
  seconds: number
  /** Ends earlier after so many cases: the same seed then tries the same on every machine. */
  cases: number
  seed: number
}

/** Tries one kind for so long, prints what came of it, and yields how many properties broke. */
export async function runKind(name: string, { seconds, seed, cases: most }: Bounds): Promise<number> {
  const open = kinds[name]
  if (!open) throw new RangeError(`no kind ${name}`)
  const fuzz = await open()
  const random = new Random(seed)
  const broken = new Map<string, { input: unknown; failure: string }>()
  const started = performance.now()
  const end = started + seconds * 1000
  let turn = 0
  let cases = 0
  while (performance.now() < end && cases < most) {
    const property = fuzz.properties[turn++ % fuzz.properties.length]
    if (!property || broken.size === fuzz.properties.length) break
    const input = property.generate(random)
    // Findings are told once for each property.
    if (broken.has(property.name)) continue
    cases++
    const failure = await failureOf(property, input)
    if (failure !== undefined) broken.set(property.name, { input, failure })
  }
  const rate = Math.round(cases / ((performance.now() - started) / 1000))
  for (const property of fuzz.properties) {
    const found = broken.get(property.name)
    if (found) await tell(property, found)
  }
  let failures = broken.size
  try {
    await fuzz.finish?.()
  } catch (error) {
    failures++
    console.log(`  broken: at the end: ${(error as Error).stack}`)
  }
  console.log(`${name}: ${cases} cases, ${rate}/s, seed ${seed}, ${failures} broken`)
  return failures
}

async function failureOf(property: Property, input: unknown): Promise<string | undefined> {
  const started = performance.now()
  try {
    await property.check(input)
  } catch (error) {
    return (error as Error).stack ?? String(error)
  }
  const ms = performance.now() - started
  return ms > SLOW_MS ? `took ${Math.round(ms)} ms` : undefined
}

async function tell(
  property: Property,
  { input, failure }: { input: unknown; failure: string },
): Promise<void> {
  const least = await shrink(input, smaller => failureOf(property, smaller))
  const again = await failureOf(property, least)
  console.log(
    `  broken: ${property.name}${again ? '' : ' (once: what came before or the time had a part in it)'}`,
  )
  console.log(`    input: ${JSON.stringify(again ? least : input)}`)
  console.log(`    ${(again ?? failure).split('\n').slice(0, 6).join('\n    ')}`)
}
