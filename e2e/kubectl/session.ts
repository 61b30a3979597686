/** One command of a session, and what a real kube-apiserver makes kubectl print. */
export interface Step {
  /** kubectl's arguments. */
  args: readonly string[]
  /** The command line as it stands in the file. */
  line: string
  /** Repeated until it prints what is expected: controllers take a moment. */
  settles: boolean
  /** Why Drave's answer is not held against the recorded one, which then need not be there. */
  differs: string | undefined
  /** Only for kubectl of this minor version or newer. */
  since: number
  /** What the newest kubectl prints. */
  expected: readonly string[]
  /** What older ones print where their own words differ, by minor version. */
  variants: ReadonlyMap<number, readonly string[]>
}

/** What a kubectl is to print. */
export const expectedOf = ({ expected, variants }: Step, minor: number): readonly string[] =>
  variants.get(minor) ?? expected

export type Entry = { file: string; text: string } | { step: Step } | { comment: string }

/** How a line begins that is not what a command prints. */
const MARK = /^(#|@|~ |= |\$ |% |\[1\.\d+\+\] )/

/**
 * Reads a session: `@ NAME` … `@` is a file that commands use; `$ ARGS` a command, `% ARGS` one that is repeated until
 * it settles; then follow the lines it prints, standard error behind `! `, and `? N` for an exit code that is not 0.
 * `= 1.27 1.28` after that begins what kubectls of these versions print instead. `~ REASON` before a command says why its
 * answer is not compared, `[1.NN+]` that it needs a newer kubectl, `#` is a comment.
 * What is printed and begins in one of these ways stands behind `\\`.
 */
export function parseSession(text: string): Entry[] {
  const lines = text.replace(/\n$/, '').split('\n')
  const entries: Entry[] = []
  let differs: string | undefined
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const command = /^(?:\[1\.(\d+)\+\] )?([$%]) (.*)$/.exec(line)
    if (line.startsWith('@ ')) {
      const end = lines.indexOf('@', at)
      if (end < 0) throw new Error(`line ${at + 1}: the file ${line.slice(2)} has no end`)
      entries.push({ file: line.slice(2), text: `${lines.slice(at + 1, end).join('\n')}\n` })
      at = end
    } else if (line.startsWith('~ ')) differs = line.slice(2)
    else if (command) {
      const printed = (): string[] => {
        const found: string[] = []
        while (at + 1 < lines.length && !MARK.test(lines[at + 1] ?? ''))
          found.push((lines[++at] ?? '').replace(/^\\/, ''))
        return found
      }
      const expected = printed()
      const variants = new Map<number, readonly string[]>()
      while (lines[at + 1]?.startsWith('= ')) {
        const minors = lines[++at]?.match(/(?<=1\.)\d+/g) ?? []
        const variant = printed()
        for (const minor of minors) variants.set(Number(minor), variant)
      }
      const [, since, mark, rest = ''] = command
      entries.push({
        step: {
          args: wordsOf(rest),
          line,
          settles: mark === '%',
          differs,
          since: Number(since ?? 0),
          expected,
          variants,
        },
      })
      differs = undefined
    } else entries.push({ comment: line })
  }
  return entries
}

/** Words as a shell splits them: quotes keep spaces. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map(word =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  )
}

const escaped = (line: string) => (MARK.test(line) || line.startsWith('\\') ? `\\${line}` : line)

/** The text of a session. */
export function formatSession(entries: readonly Entry[]): string {
  const lines = entries.flatMap(entry => {
    if ('file' in entry) return [`@ ${entry.file}`, ...entry.text.replace(/\n$/, '').split('\n'), '@']
    if ('comment' in entry) return [entry.comment]
    const { step } = entry
    const mark = step.differs ? [`~ ${step.differs}`] : []
    return [...mark, step.line, ...step.expected.map(escaped), ...variantLines(step)]
  })
  return `${lines.join('\n')}\n`
}

/** Versions that print the same stand together. */
function variantLines({ variants }: Step): string[] {
  const byText = new Map<string, number[]>()
  for (const [minor, lines] of [...variants].sort(([a], [b]) => a - b)) {
    const text = lines.map(escaped).join('\n')
    byText.set(text, [...(byText.get(text) ?? []), minor])
  }
  return [...byText].flatMap(([text, minors]) => [
    `= ${minors.map(minor => `1.${minor}`).join(' ')}`,
    ...(text === '' ? [] : text.split('\n')),
  ])
}
