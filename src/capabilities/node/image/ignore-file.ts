/** Says whether a path (relative, with slashes) is kept out of an image. */
export type IgnoreRule = (path: string) => boolean

/** Reads a `.dockerignore`: Go's filepath.Match patterns with `**`, and `!` for exceptions; the last match counts. */
export function ignoreRule(text: string): IgnoreRule {
  const rules = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const negated = line.startsWith('!')
      return { negated, pattern: patternOf(negated ? line.slice(1).trim() : line) }
    })
  return path => {
    let ignored = false
    for (const { negated, pattern } of rules) if (pattern.test(path)) ignored = !negated
    return ignored
  }
}

function patternOf(glob: string): RegExp {
  const path = glob.replace(/^\.?\/+/, '').replace(/\/+$/, '')
  let source = ''
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at)
    if (path.startsWith('**/', at)) {
      source += '(?:.*/)?'
      at += 2
    } else if (path.startsWith('**', at)) {
      source += '.*'
      at += 1
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '[') {
      const end = path.indexOf(']', at)
      source += end < 0 ? '\\[' : path.slice(at, end + 1)
      if (end > 0) at = end
    } else if (char === '\\') {
      at++
      source += escaped(path.charAt(at))
    } else source += escaped(char)
  }
  // A pattern that names a directory covers what is in it.
  return new RegExp(`^${source}(?:/.*)?$`)
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
