const LIMIT = 5000
const compiled = new Map<string, RegExp | undefined>()

/** A CRD's `pattern` (RE2 syntax) as a JavaScript expression, or undefined where it has no counterpart. Cached. */
export function patternOf(source: string): RegExp | undefined {
  if (compiled.has(source)) return compiled.get(source)
  if (compiled.size >= LIMIT) compiled.clear()
  const expression = compile(source)
  compiled.set(source, expression)
  return expression
}

function compile(source: string): RegExp | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(source)
  const body = (flags ? source.slice(flags[0].length) : source).replaceAll('\\A', '^').replaceAll('\\z', '$')
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(body, (flags?.[1] ?? '') + unicode)
    } catch {
      // Tried again without the stricter unicode mode, in which escapes such as \- are errors.
    }
  }
  return undefined
}
