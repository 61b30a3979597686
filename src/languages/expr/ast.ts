/** A node of the syntax tree; `offset` is its place in the source. */
export type Node = { offset: number } & (
  | { type: 'nil' }
  | { type: 'literal'; value: boolean | bigint | number | string }
  | { type: 'name'; name: string }
  | { type: 'pointer'; name: '' | 'acc' | 'index' }
  | { type: 'unary'; operator: '-' | '+' | 'not'; operand: Node }
  | { type: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { type: 'member'; object: Node; property: Node; optional: boolean }
  | { type: 'chain'; node: Node }
  | { type: 'slice'; object: Node; from: Node | undefined; to: Node | undefined }
  | { type: 'call'; callee: Node; args: Node[] }
  | { type: 'builtin'; name: string; args: Node[] }
  | { type: 'conditional'; test: Node; yes: Node; no: Node }
  | { type: 'let'; name: string; value: Node; body: Node }
  | { type: 'sequence'; nodes: Node[] }
  | { type: 'array'; items: Node[] }
  | { type: 'map'; pairs: { key: Node; value: Node }[] }
)

export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | 'matches'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | '..'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**'
  | '??'
