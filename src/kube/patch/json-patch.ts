import { copyJson, equalJson, setOwn } from '../copy.ts'
import { isJsonObject, type Json } from '../schema/schema.ts'
import { ApiError, apiError } from '../status.ts'
import { MAX_DEPTH } from '../strict-json.ts'

/** As many operations as upstream takes. */
const MAX_OPERATIONS = 10_000
/** As many bytes as all copies of a patch may add: upstream's JSONPatchMaxCopyBytes. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024
const names = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test'])

/** A `test` of a JSON patch found another value. */
export class FailedTest extends ApiError {}

/** Applies a JSON patch (RFC 6902) to a copy. Throws ApiError naming the operation that did not apply. */
export function applyJsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw apiError('BadRequest', 'a JSON patch must be a list of operations')
  if (operations.length > MAX_OPERATIONS)
    throw apiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    )
  const root: Root = { value: copyJson(document), copiedBytes: 0 }
  operations.forEach((operation: unknown, index) => {
    if (!isJsonObject(operation))
      throw apiError('BadRequest', `JSON patch operation ${index} is not an object`)
    apply(root, operation, index)
  })
  return root.value
}

interface Root {
  value: unknown
  copiedBytes: number
}

function apply(root: Root, operation: Json, index: number): void {
  const { op, path, from, value } = operation
  const malformed = (why: string) => apiError('BadRequest', `JSON patch operation ${index}: ${why}`)
  if (typeof op !== 'string' || !names.has(op)) throw malformed(`unknown operation ${JSON.stringify(op)}`)
  const pointer = (name: string, text: unknown): string[] => {
    if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')))
      throw malformed(`"${name}" must be a JSON pointer, not ${JSON.stringify(text)}`)
    return text
      .split('/')
      .slice(1)
      .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  const fail = (why: string): ApiError =>
    apiError('Invalid', `JSON patch operation ${index}: ${op} operation does not apply: ${why}`)
  const target = pointer('path', path)
  if ((op === 'add' || op === 'replace' || op === 'test') && !('value' in operation))
    throw malformed('"value" is missing')
  const placed = (content: unknown): unknown => {
    if (target.length + depthOf(content) > MAX_DEPTH)
      throw malformed(`its result is nested deeper than ${MAX_DEPTH} levels`)
    return content
  }
  switch (op) {
    case 'add':
      add(root, target, placed(copyJson(value)), fail)
      return
    case 'remove':
      remove(root, target, fail)
      return
    case 'replace':
      replace(root, target, placed(copyJson(value)), fail)
      return
    case 'move': {
      const source = pointer('from', from)
      if (`${path as string}/`.startsWith(`${from as string}/`) && path !== from)
        throw fail('a value cannot be moved into itself')
      add(root, target, placed(remove(root, source, fail)), fail)
      return
    }
    case 'copy':
      add(root, target, placed(copied(root, read(root, pointer('from', from), fail, null))), fail)
      return
    case 'test':
      if (!equalJson(read(root, target, fail, null), value))
        throw new FailedTest(fail(`testing value ${path as string} failed`).status)
  }
}

/** A copy, which counts: a few copies of copies would fill all memory. Throws ApiError RequestEntityTooLarge. */
function copied(root: Root, value: unknown): unknown {
  const text = JSON.stringify(value)
  root.copiedBytes += Buffer.byteLength(text)
  if (root.copiedBytes > MAX_COPIED_BYTES)
    throw apiError(
      'RequestEntityTooLarge',
      `Request entity too large: Unable to complete the copy, the accumulated size increase of copy is ${root.copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`,
    )
  return JSON.parse(text)
}

/** How many lists and objects are inside each other; no more are counted than are allowed. */
function depthOf(value: unknown, most = MAX_DEPTH): number {
  if (typeof value !== 'object' || value === null) return 0
  let deepest = 0
  if (most > 0)
    for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child, most - 1))
  return deepest + 1
}

type Fail = (why: string) => ApiError
const show = (path: readonly string[]) => `/${path.join('/')}`

/** The place in a list that a token names, from its end where it is negative; `limit` is the first that is too large. */
function position(
  list: readonly unknown[],
  token: string,
  limit: number,
  path: readonly string[],
  fail: Fail,
): number {
  // As the library reads it that upstream uses: what RFC 6901 has no words for counts from the end.
  if (!/^-?\d{1,9}$/.test(token)) throw fail(`${JSON.stringify(token)} is not an index: ${show(path)}`)
  const index = Number(token) < 0 ? Number(token) + limit : Number(token)
  if (index < 0 || index >= limit)
    throw fail(`index ${token} is out of bounds of ${list.length} items: ${show(path)}`)
  return index
}

function read(root: Root, path: readonly string[], fail: Fail, absent?: null): unknown {
  let value = root.value
  for (const [depth, token] of path.entries()) {
    if (Array.isArray(value)) value = value[position(value, token, value.length, path, fail)]
    else if (isJsonObject(value) && Object.hasOwn(value, token)) value = value[token]
    // Testing for null, and copying it, succeeds where the last key is missing, as in the library upstream uses.
    else if (absent === null && depth === path.length - 1 && isJsonObject(value)) return null
    else throw fail(`doc is missing path: ${show(path)}: missing value`)
  }
  return value
}

function add(root: Root, path: readonly string[], value: unknown, fail: Fail): void {
  const last = path.at(-1)
  if (last === undefined) {
    root.value = value
    return
  }
  const parent = read(root, path.slice(0, -1), fail)
  if (Array.isArray(parent)) {
    if (last === '-') parent.push(value)
    else parent.splice(position(parent, last, parent.length + 1, path, fail), 0, value)
  } else if (isJsonObject(parent)) setOwn(parent, last, value)
  else throw fail(`doc is missing path: ${show(path)}: missing value`)
}

function remove(root: Root, path: readonly string[], fail: Fail): unknown {
  const last = path.at(-1)
  if (last === undefined) throw fail('the whole document cannot be removed')
  const parent = read(root, path.slice(0, -1), fail)
  if (Array.isArray(parent)) return parent.splice(position(parent, last, parent.length, path, fail), 1)[0]
  if (!isJsonObject(parent) || !Object.hasOwn(parent, last))
    throw fail(`doc is missing key: ${show(path)}: missing value`)
  const value = parent[last]
  delete parent[last]
  return value
}

function replace(root: Root, path: readonly string[], value: unknown, fail: Fail): void {
  const last = path.at(-1)
  if (last === undefined) {
    root.value = value
    return
  }
  const parent = read(root, path.slice(0, -1), fail)
  if (Array.isArray(parent)) parent[position(parent, last, parent.length, path, fail)] = value
  else if (isJsonObject(parent) && Object.hasOwn(parent, last)) setOwn(parent, last, value)
  else throw fail(`doc is missing key: ${show(path)}: missing value`)
}
