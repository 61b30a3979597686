import { isJsonObject } from './schema/schema.ts'

type Step = (values: readonly unknown[]) => unknown[]

/** A JSONPath that is not of the subset that columns and selectable fields use. */
export class JsonPathError extends Error {
  override name = 'JsonPathError'
}

/**
 * Compiles the subset of JSONPath that printer columns use: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]`, `..a` and filters such as
 * `[?(@.type=="Ready")]`, with or without `{}` around it. The function yields every match. Throws JsonPathError.
 */
export function compileJsonPath(path: string): (object: unknown) => unknown[] {
  const text = path
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^\$/, '')
  const steps: Step[] = []
  let at = 0
  const token = (pattern: RegExp): RegExpExecArray | null => {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = at
    const match = sticky.exec(text)
    if (match) at += match[0].length
    return match
  }
  while (at < text.length) {
    let match = token(/\.\.([^.[\]*]+)/)
    if (match) {
      steps.push(descend(match[1] ?? ''))
      continue
    }
    match = token(/\.?\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/)
    if (match) {
      steps.push(child((match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1')))
      continue
    }
    match = token(/\.?\[\s*(\*|-?\d+)\s*\]/)
    if (match) {
      steps.push(match[1] === '*' ? all : index(Number(match[1])))
      continue
    }
    match = token(/\.?\[\?\(\s*@((?:\.[\w/-]+)*)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^\s)]+)\s*)?\)\]/)
    if (match) {
      steps.push(filter(match[1] ?? '', match[2], match[3]))
      continue
    }
    match = token(/\.\*/)
    if (match) {
      steps.push(all)
      continue
    }
    match = token(/\.?((?:[^.[\]\\]|\\.)+)/)
    if (match) steps.push(child((match[1] ?? '').replace(/\\(.)/g, '$1')))
    else if (!token(/\.$/))
      throw new JsonPathError(`unexpected ${JSON.stringify(text.slice(at))} in path ${path}`)
  }
  return object => steps.reduce<unknown[]>((values, step) => step(values), [object])
}

const isPresent = (value: unknown) => value !== undefined

const child =
  (name: string): Step =>
  values =>
    values
      .map(value => (isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined))
      .filter(isPresent)

const index =
  (position: number): Step =>
  values =>
    values.map(value => (Array.isArray(value) ? value.at(position) : undefined)).filter(isPresent)

const all: Step = values =>
  values.flatMap(value => (Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []))

/** Every field of the name at any depth; depth is bounded by that of stored objects. */
const descend = (name: string): Step => {
  const find = (value: unknown): unknown[] => {
    const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
    const own = isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]] : []
    return [...own, ...children.flatMap(find)]
  }
  return values => values.flatMap(find)
}

function filter(path: string, operator: string | undefined, literal: string | undefined): Step {
  const read = path.split('.').slice(1).map(child)
  const wanted = literal === undefined ? undefined : literalOf(literal)
  const holds = (item: unknown): boolean => {
    const [value] = read.reduce<unknown[]>((values, step) => step(values), [item])
    if (operator === undefined || wanted === undefined) return value !== undefined
    if (operator === '==') return value === wanted
    if (operator === '!=') return value !== wanted
    if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string'))
      return false
    // Both are numbers or both are strings.
    const [left, right] = [value as number, wanted as number]
    return operator === '<'
      ? left < right
      : operator === '>'
        ? left > right
        : operator === '<='
          ? left <= right
          : left >= right
  }
  return values => values.flatMap(value => (Array.isArray(value) ? value.filter(holds) : []))
}

function literalOf(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  if (Number.isNaN(number)) throw new JsonPathError(`${text} is neither a number nor a quoted string`)
  return number
}
