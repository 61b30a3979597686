/** Go's words for a text that stops too early. */
const END = 'unexpected end of JSON input'

/** A syntax error in JSON text, with its place (both from 1). */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError'
  readonly line: number
  readonly column: number
  constructor(reason: string, line: number, column: number) {
    super(reason === END ? END : `invalid JSON at line ${line} column ${column}: ${reason}`)
    this.line = line
    this.column = column
  }
}

export interface StrictJson {
  value: unknown
  /** Paths of keys that occur twice in one object (the last one won), e.g. `spec.replicas`. */
  duplicates: string[]
}

/** Deeper nesting than any object needs: whatever walks one may do so by recursion. */
export const MAX_DEPTH = 512
const MAX_REPORTED = 100

/** Parses JSON, finding duplicate keys and refusing deep nesting. Throws JsonSyntaxError. */
export function parseStrictJson(text: string, maxDepth = MAX_DEPTH): StrictJson {
  const duplicates: string[] = []
  const scanner = new Scanner(text, maxDepth, duplicates)
  scanner.document()
  return { value: JSON.parse(text), duplicates }
}

/** Sorts what is wrong with a document (`unknown field "a.b"`, `duplicate field "a.b"`) by where it stands in its text. */
export function inDocumentOrder(text: string, problems: readonly string[]): string[] {
  const places = new Map<string, number>()
  new Scanner(text, Number.POSITIVE_INFINITY, [], places).document()
  const place = (problem: string) => places.get(problem) ?? text.length
  return [...problems].sort((a, b) => place(a) - place(b))
}

/** Numbers of more characters than this may be too large, such as `1e309`; of those so many are shown. */
const LONGEST_SAFE = 4
const SHOWN = 40

const QUOTE = 34
const BACKSLASH = 92
/** What makes a string worth a look at each of its characters: a backslash, or what JSON does not allow in it. */
const special = /[^ -[\]-\uffff]/
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Walks the text without building values: JSON.parse does that faster. */
class Scanner {
  private at = 0
  private readonly text: string
  private readonly maxDepth: number
  private readonly duplicates: string[]
  private readonly places: Map<string, number> | undefined

  constructor(text: string, maxDepth: number, duplicates: string[], places?: Map<string, number>) {
    this.places = places
    this.text = text
    this.maxDepth = maxDepth
    this.duplicates = duplicates
  }

  document(): void {
    this.value('', 0)
    this.space()
    if (this.at < this.text.length) this.fail('unexpected text after the end of the document')
  }

  private fail(reason: string): never {
    const before = this.text.slice(0, this.at)
    const line = before.split('\n').length
    throw new JsonSyntaxError(reason, line, this.at - before.lastIndexOf('\n'))
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      this.at++
    }
  }

  private value(path: string, depth: number): void {
    if (depth > this.maxDepth) this.fail(`nested deeper than ${this.maxDepth} levels`)
    this.space()
    const char = this.text[this.at]
    if (char === '{') this.object(path, depth)
    else if (char === '[') this.array(path, depth)
    else if (char === '"') this.string()
    else {
      literal.lastIndex = this.at
      if (!literal.test(this.text)) this.fail(char === undefined ? END : `unexpected ${JSON.stringify(char)}`)
      const end = literal.lastIndex
      // Infinity would be kept as null. What begins with a letter is no number.
      if (
        end - this.at > LONGEST_SAFE &&
        char !== 'f' &&
        !Number.isFinite(Number(this.text.slice(this.at, end)))
      )
        this.fail(`number ${this.text.slice(this.at, Math.min(end, this.at + SHOWN))} is out of range`)
      this.at = end
    }
  }

  private object(path: string, depth: number): void {
    this.at++
    this.space()
    if (this.text[this.at] === '}') {
      this.at++
      return
    }
    const seen = new Set<string>()
    for (;;) {
      this.space()
      if (this.text[this.at] !== '"') this.fail('expected a key in double quotes')
      const key = this.string()
      const child = path === '' ? key : `${path}.${key}`
      if (seen.has(key) && this.duplicates.length < MAX_REPORTED) this.duplicates.push(child)
      if (this.places) {
        const problem = `${seen.has(key) ? 'duplicate' : 'unknown'} field ${JSON.stringify(child)}`
        if (!this.places.has(problem)) this.places.set(problem, this.at)
      }
      seen.add(key)
      this.space()
      if (this.text[this.at] !== ':') this.fail(`expected ":" after ${JSON.stringify(key)}`)
      this.at++
      this.value(child, depth + 1)
      if (this.ends('}')) return
    }
  }

  private array(path: string, depth: number): void {
    this.at++
    this.space()
    if (this.text[this.at] === ']') {
      this.at++
      return
    }
    for (let index = 0; ; index++) {
      this.value(`${path}[${index}]`, depth + 1)
      if (this.ends(']')) return
    }
  }

  /** After a member: true at the closing bracket, false at a comma. */
  private ends(close: string): boolean {
    this.space()
    const char = this.text[this.at]
    if (char !== ',' && char !== close) this.fail(char === undefined ? END : `expected "," or "${close}"`)
    this.at++
    return char === close
  }

  /** Skips a string and returns its content (unescaped only where needed). */
  private string(): string {
    const start = this.at++
    const end = this.text.indexOf('"', this.at)
    const plain = end < 0 ? undefined : this.text.slice(this.at, end)
    if (plain !== undefined && !special.test(plain)) {
      this.at = end + 1
      return plain
    }
    let escaped = false
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code === QUOTE) break
      // NaN at the end of the text fails this comparison too.
      if (!(code >= 32)) this.fail('unterminated string')
      if (code === BACKSLASH) {
        escaped = true
        this.at++
        if (!/["\\/bfnrtu]/.test(this.text[this.at] ?? '')) this.fail('invalid escape in string')
        if (this.text[this.at] === 'u' && !/^[0-9a-fA-F]{4}$/.test(this.text.slice(this.at + 1, this.at + 5)))
          this.fail('invalid escape in string')
      }
      this.at++
    }
    this.at++
    const raw = this.text.slice(start, this.at)
    return escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1)
  }
}
