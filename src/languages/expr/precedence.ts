import type { BinaryOperator } from './ast.ts'

/** Precedence of binary operators, as in expr-lang's parser/operator; all bind to the left but exponents. */
export const precedences: Record<string, number> = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '>=': 20,
  '<=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
}
export const unaries: Record<string, { operator: '-' | '+' | 'not'; precedence: number }> = {
  not: { operator: 'not', precedence: 50 },
  '!': { operator: 'not', precedence: 50 },
  '-': { operator: '-', precedence: 90 },
  '+': { operator: '+', precedence: 90 },
}
export const synonyms: Record<string, BinaryOperator> = { '||': 'or', '&&': 'and', '^': '**' }
export const comparisons = new Set(['<', '>', '<=', '>='])
export const negatable = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith'])
