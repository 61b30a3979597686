import { compile } from '../../../languages/re2/pattern.ts'

/** A glob as Argo CD's directory source has it: `*` and `**` match anything (slashes too), `?`, `[…]`, `{a,b}`. */
export function compileGlob(glob: string): { test(text: string): boolean } {
  let pattern = ''
  let depth = 0
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? ''
    if (character === '*') {
      while (glob[at + 1] === '*') at++
      pattern += '.*'
    } else if (character === '?') pattern += '.'
    else if (character === '{') {
      pattern += '(?:'
      depth++
    } else if (character === '}' && depth > 0) {
      pattern += ')'
      depth--
    } else if (character === ',' && depth > 0) pattern += '|'
    else if (character === '[') {
      const end = glob.indexOf(']', at + 2)
      if (end < 0) pattern += '\\['
      else {
        const body = glob
          .slice(at + 1, end)
          .replace(/^!/, '^')
          .replaceAll('\\', '\\\\')
        pattern += `[${body}]`
        at = end
      }
    } else if (character === '\\' && at + 1 < glob.length) pattern += literal(glob[++at] ?? '')
    else pattern += literal(character)
  }
  const compiled = compile(pattern + ')'.repeat(depth), { flags: 's' })
  return { test: text => compiled.fullMatch(text) }
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
