import { writeFileSync } from 'node:fs'
import type { Played } from './run-session.ts'
import { type Entry, formatSession, type Step } from './session.ts'

/** What kubectls printed against the real server, to be written into a session's file. */
export class Recording {
  readonly #entries: readonly Entry[]
  readonly #printed = new Map<Step, Map<number, readonly string[]>>()

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  add(minor: number, played: readonly Played[]): void {
    for (const { step, printed } of played) {
      const byMinor = this.#printed.get(step) ?? new Map<number, readonly string[]>()
      this.#printed.set(step, byMinor.set(minor, printed))
    }
  }

  /** What the newest kubectl printed is what is expected; others get a variant where they printed something else. */
  write(path: string, newest: number): void {
    const entries = this.#entries.map(entry =>
      'step' in entry ? { step: this.#recorded(entry.step, newest) } : entry,
    )
    writeFileSync(path, formatSession(entries))
  }

  #recorded(step: Step, newest: number): Step {
    const recorded = this.#printed.get(step) ?? new Map<number, readonly string[]>()
    const expected = recorded.get(newest) ?? step.expected
    // What is not compared says enough once.
    const all = step.differs ? [] : [...step.variants, ...recorded].filter(([minor]) => minor !== newest)
    const isOther = (lines: readonly string[]) => lines.join('\n') !== expected.join('\n')
    return { ...step, expected, variants: new Map(all.filter(([, lines]) => isOther(lines))) }
  }
}
