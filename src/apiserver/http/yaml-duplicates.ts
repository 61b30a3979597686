import type { Document, LineCounter, Node } from 'yaml'

const MAX_REPORTED = 100

/** Keys that a YAML document has twice in one mapping, in the words of upstream's parser: `line 9: key "foo" already set in map`. */
export async function yamlDuplicates(document: Document<Node>, lines: LineCounter): Promise<string[]> {
  const { isScalar, visit } = await import('yaml')
  const found: string[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value) && found.length < MAX_REPORTED)
          found.push(
            `line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(String(key.value))} already set in map`,
          )
        seen.add(key.value)
      }
    },
  })
  return found
}
