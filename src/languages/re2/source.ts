/** The text of a pattern and the place that was read up to. Reads whole code points. */
export class Source {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }
  /** The next character, or the empty text at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }
  take(): string {
    const character = this.peek()
    this.at += character.length
    return character
  }
  accept(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }
  startsWith(expected: string): boolean {
    return this.text.startsWith(expected, this.at)
  }
  /** Tries a sticky expression here, and goes behind it. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (!match) return undefined
    this.at += match[0].length
    return match
  }
  since(start: number): string {
    return this.text.slice(start, this.at)
  }
  from(start: number): string {
    return this.text.slice(start)
  }
}
