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
  expected: readonly string[]
}

export type Entry = { file: string; text: string } | { step: Step } | { comment: string }

/** How a line begins that is not what a command prints. */
const MARK = /^(#|@|~ |\$ |% |\[1\.\d+\+\] )/

/**
 * Reads a session: `@ NAME` … `@` is a file that commands use; `$ ARGS` a command, `% ARGS` one that is repeated until
 * it settles; then follow the lines it prints, standard error behind `! `, and `? N` for an exit code that is not 0.
 * `~ REASON` before a command says why its answer is not compared, `[1.NN+]` that it needs a newer kubectl, `#` is a comment.
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
      const expected: string[] = []
      while (at + 1 < lines.length && !MARK.test(lines[at + 1] ?? ''))
        expected.push((lines[++at] ?? '').replace(/^\\/, ''))
      const [, since, mark, rest = ''] = command
      entries.push({
        step: {
          args: wordsOf(rest),
          line,
          settles: mark === '%',
          differs,
          since: Number(since ?? 0),
          expected,
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

/** The text of a session with other expectations. */
export function formatSession(
  entries: readonly Entry[],
  expectedOf: (step: Step) => readonly string[],
): string {
  const lines = entries.flatMap(entry => {
    if ('file' in entry) return [`@ ${entry.file}`, ...entry.text.replace(/\n$/, '').split('\n'), '@']
    if ('comment' in entry) return [entry.comment]
    const { step } = entry
    return [...(step.differs ? [`~ ${step.differs}`] : []), step.line, ...expectedOf(step).map(escaped)]
  })
  return `${lines.join('\n')}\n`
}
