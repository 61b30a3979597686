import { quote } from './format.ts'
import type { Span } from './syntax.ts'

export type TokenType =
  | 'identifier'
  /** An identifier with a colon: only ever the name of a metric. */
  | 'metric identifier'
  | 'keyword'
  | 'aggregator'
  | 'string'
  | 'number'
  | 'duration'
  | 'operator'
  | 'punctuation'
  | 'error'
  | 'end'

export interface Token extends Span {
  type: TokenType
  /** As written; keywords and word operators in lower case; the message of an error. */
  text: string
}

/** How upstream names a token in "unexpected …". */
export function describe(token: Token): string {
  switch (token.type) {
    case 'end':
      return 'end of input'
    case 'keyword':
      return `<${token.text}>`
    case 'operator':
      return token.text === '=' ? quote(token.text) : `<op:${token.text}>`
    case 'aggregator':
      return `<aggr:${token.text}>`
    case 'punctuation':
      return quote(token.text)
    case 'identifier':
    case 'metric identifier':
      return `${token.type} ${quote(token.text)}`
    default:
      return `${token.type} ${token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : quote(token.text)}`
  }
}
