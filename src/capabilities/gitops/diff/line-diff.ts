export interface LineChange {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Above so many differing lines no shortest difference is looked for. */
const MAX_EDITS = 2_000

/** The shortest change from one list of lines to another (Myers, "An O(ND) Difference Algorithm", 1986). */
export function diffLines(before: readonly string[], after: readonly string[]): LineChange[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const same = (lines: readonly string[]): LineChange[] => lines.map(text => ({ kind: 'same', text }))
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ]
}

function middle(before: readonly string[], after: readonly string[]): LineChange[] {
  const trace = edits(before, after)
  if (!trace)
    return [
      ...before.map((text): LineChange => ({ kind: 'removed', text })),
      ...after.map((text): LineChange => ({ kind: 'added', text })),
    ]
  const changes: LineChange[] = []
  let [x, y] = [before.length, after.length]
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d]
    const at = (k: number) => furthest?.get(k) ?? -1
    const k = x - y
    const fromAbove = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const previousK = fromAbove ? k + 1 : k - 1
    const previousX = d === 0 ? 0 : at(previousK)
    const previousY = d === 0 ? 0 : previousX - previousK
    while (x > previousX && y > previousY) {
      changes.push({ kind: 'same', text: before[x - 1] ?? '' })
      x--
      y--
    }
    if (d === 0) break
    if (x > previousX) changes.push({ kind: 'removed', text: before[x - 1] ?? '' })
    else changes.push({ kind: 'added', text: after[y - 1] ?? '' })
    x = previousX
    y = previousY
  }
  return changes.reverse()
}

/** For each number of edits the furthest reaching paths before it, or undefined when there would be too many. */
function edits(before: readonly string[], after: readonly string[]): Map<number, number>[] | undefined {
  const furthest = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  for (let d = 0; d <= Math.min(before.length + after.length, MAX_EDITS); d++) {
    trace.push(new Map(furthest))
    for (let k = -d; k <= d; k += 2) {
      const down = furthest.get(k + 1) ?? -1
      const right = furthest.get(k - 1) ?? -1
      let x = k === -d || (k !== d && right < down) ? down : right + 1
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++
      furthest.set(k, x)
      if (x >= before.length && x - k >= after.length) return trace
    }
  }
  return undefined
}

const CONTEXT = 3

/** A unified difference without file headers; empty when there is none. */
export function unifiedDiff(before: string, after: string): string {
  const split = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
  const changes = diffLines(split(before), split(after))
  const near = changes.map((_, index) =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(change => change.kind !== 'same'),
  )
  const hunks: string[] = []
  let [oldLine, newLine] = [1, 1]
  let body: string[] = []
  let head = { oldLine, newLine, oldCount: 0, newCount: 0 }
  const flush = () => {
    if (body.length > 0)
      hunks.push(
        `@@ -${head.oldLine},${head.oldCount} +${head.newLine},${head.newCount} @@\n${body.join('\n')}\n`,
      )
    body = []
  }
  for (const [index, { kind, text }] of changes.entries()) {
    if (near[index]) {
      if (body.length === 0) head = { oldLine, newLine, oldCount: 0, newCount: 0 }
      body.push(`${kind === 'same' ? ' ' : kind === 'added' ? '+' : '-'}${text}`)
      if (kind !== 'added') head.oldCount++
      if (kind !== 'removed') head.newCount++
    } else flush()
    if (kind !== 'added') oldLine++
    if (kind !== 'removed') newLine++
  }
  flush()
  return hunks.join('')
}
