import { describe, expect, it } from 'vitest'
import { ignoreRule } from './ignore-file.ts'

describe('.dockerignore', () => {
  it.each([
    ['node_modules', 'node_modules/x/y.js', true],
    ['node_modules', 'sub/node_modules/x.js', false],
    ['**/node_modules', 'sub/node_modules/x.js', true],
    ['**/node_modules', 'node_modules/x.js', true],
    ['/dist/', 'dist/main.js', true],
    ['*.log', 'a.log', true],
    ['*.log', 'logs/a.log', false],
    ['**/*.log', 'logs/deep/a.log', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[ab].txt', 'b.txt', true],
    ['*\n!keep.md', 'keep.md', false],
    ['*\n!keep.md', 'other.md', true],
    ['docs\n!docs/api', 'docs/api/x', false],
    ['docs\n!docs/api', 'docs/guide', true],
    ['# docs', '# docs', false],
    ['a.b', 'axb', false],
  ])('%j and %s: %s', (text, path, ignored) => expect(ignoreRule(text)(path)).toBe(ignored))
})
