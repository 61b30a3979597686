import { Lexer, Parser } from 'yaml'
import { MAX_DEPTH } from './strict-json.ts'

/** What stands on the parser's stack around the collections: the document, and the scalar that is read. */
const AROUND = 2

/**
 * Whether collections of a YAML text are nested deeper than any object may be. To be asked before it is composed, which
 * is done by recursion: a stack that is nearly full ends the whole process when a regular expression is compiled on it.
 */
export function nestsTooDeep(text: string): boolean {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) continue
    if (parser.stack.length > MAX_DEPTH + AROUND) return true
  }
  return false
}

export const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`
