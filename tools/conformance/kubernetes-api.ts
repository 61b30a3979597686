import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { decodeProtobuf } from '../../src/kube/protobuf/decode.ts'
import { encodeProtobuf } from '../../src/kube/protobuf/encode.ts'

/**
 * Reads Kubernetes' API round-trip fixtures in `FOLDER/kubernetes-api`: each kind with every field filled must decode
 * from protobuf to the published JSON, and encode from it to the same bytes.
 */
export async function run(
  folder: string,
): Promise<{ passed: number; failed: number; failures: string[]; leftOut: string[] }> {
  const root = join(folder, 'kubernetes-api')
  const failures: string[] = []
  let passed = 0
  for (const file of readdirSync(root).filter(name => name.endsWith('.pb'))) {
    const kind = file.slice(0, -'.pb'.length)
    const bytes = readFileSync(join(root, file))
    const json = JSON.parse(readFileSync(join(root, `${kind}.json`), 'utf8')) as { kind?: string }
    // A watch event is sent without saying what it is.
    const unnamed =
      json.kind === undefined ? { apiVersion: 'v1', kind: kind.split('.').at(-1) ?? '' } : undefined
    for (const [way, holds] of [
      ['decodes', () => isDeepStrictEqual(decodeProtobuf(bytes, unnamed).object, json)],
      ['encodes', () => encodeProtobuf(json, unnamed).equals(bytes)],
    ] as const) {
      const problem = attempt(holds)
      if (problem === undefined) passed++
      else failures.push(`${kind} ${way}: ${problem}`)
    }
  }
  return { passed, failed: failures.length, failures, leftOut: [] }
}

function attempt(holds: () => boolean): string | undefined {
  try {
    return holds() ? undefined : 'differs from the published form'
  } catch (error) {
    return (error as Error).message
  }
}
