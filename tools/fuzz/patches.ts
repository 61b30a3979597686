import { copyJson, equalJson } from '../../src/kube/copy.ts'
import { applyJsonPatch } from '../../src/kube/patch/json-patch.ts'
import { applyMergePatch } from '../../src/kube/patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../../src/kube/patch/strategic-merge-patch.ts'
import { builtinSchema } from '../../src/kube/schema/builtin.ts'
import { isJsonObject, type Json, type Schema } from '../../src/kube/schema/schema.ts'
import { ApiError } from '../../src/kube/status.ts'
import { objectOf } from './object-of-schema.ts'
import { answered, type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'
import { twoWayMergePatch } from './two-way-merge-patch.ts'
import { jsonObject, jsonValue } from './values.ts'

/** The merge patch that leads from one document to another, by RFC 7386; nulls cannot be said. */
function mergeDifference(from: unknown, to: unknown): unknown {
  if (!isJsonObject(from) || !isJsonObject(to)) return to
  const patch: [string, unknown][] = []
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.push([key, null])
  for (const [key, value] of Object.entries(to))
    if (!Object.hasOwn(from, key)) patch.push([key, value])
    else if (!equalJson(from[key], value)) patch.push([key, mergeDifference(from[key], value)])
  return Object.fromEntries(patch)
}

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, withoutNulls(child)]),
  )
}

function pointers(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  const below = Object.entries(value).flatMap(([key, child]) =>
    pointers(child, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
  return [path, ...below]
}

function operations(random: Random, document: unknown): unknown[] {
  const paths = [...pointers(document), '/-', '/a/-', '/0', '/a/b', '/~', '/01', 'x', '/a/99999999999']
  return random.list(5, () => {
    const op = random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'test', 'nonsense'])
    return {
      op,
      path: random.pick(paths) + (random.chance(0.2) ? random.pick(['/-', '/0', '/new']) : ''),
      ...(op === 'move' || op === 'copy' ? { from: random.pick(paths) } : {}),
      ...(random.chance(0.95) ? { value: jsonValue(random, 2) } : {}),
    }
  })
}

/** Runs a patch and proves that it left what it was given alone. */
function patched(given: readonly unknown[], run: () => unknown): unknown {
  const before = copyJson(given)
  const result = answered(run, ApiError)
  holds(equalJson(before, given), 'an input was changed')
  return result
}

const pod = builtinSchema('', 'v1', 'Pod') as Schema
const service = builtinSchema('', 'v1', 'Service') as Schema
const schemas = [pod, service, builtinSchema('apps', 'v1', 'Deployment') as Schema]

/** What a strategic patch may be, with every directive somewhere, fitting or not. */
function directives(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => directives(random, item))
    return random.chance(0.1)
      ? [...items, { $patch: random.pick(['replace', 'delete', 'merge', 'odd']) }]
      : items
  }
  if (!isJsonObject(value)) return random.chance(0.05) ? null : value
  const result: Json = {}
  for (const [key, child] of Object.entries(value)) {
    if (random.chance(0.1)) result[`$setElementOrder/${key}`] = child
    if (random.chance(0.1)) result[`$deleteFromPrimitiveList/${key}`] = child
    if (random.chance(0.8)) result[key] = directives(random, child)
  }
  if (random.chance(0.1)) result['$patch'] = random.pick(['replace', 'delete', 'merge', 'odd'])
  if (random.chance(0.1)) result['$retainKeys'] = Object.keys(value)
  return result
}

export const patchesFuzz: Fuzz = {
  properties: [
    property<[unknown, unknown]>({
      name: 'merge: a patch applied twice is applied once',
      generate: random => [jsonValue(random), jsonValue(random)],
      check([document, patch]) {
        const once = patched([document, patch], () => applyMergePatch(document, patch))
        holds(equalJson(applyMergePatch(once, patch), once), 'twice differs')
      },
    }),
    property<[Json, Json]>({
      name: 'merge: the difference of two documents leads from one to the other',
      generate: random => [jsonObject(random), withoutNulls(jsonObject(random)) as Json],
      check([from, to]) {
        const goal = withoutNulls(to)
        const patch = mergeDifference(from, goal)
        holds(equalJson(applyMergePatch(from, patch), goal), `by ${JSON.stringify(patch)}`)
      },
    }),
    property<[unknown, unknown]>({
      name: 'json: applies whole, or is refused and leaves the document alone',
      generate: random => {
        const document = jsonObject(random)
        return [document, random.chance(0.95) ? operations(random, document) : jsonValue(random)]
      },
      check([document, list]) {
        const result = patched([document, list], () => applyJsonPatch(document, list))
        if (result === undefined) return
        const test = [{ op: 'test', path: '', value: result }]
        holds(equalJson(applyJsonPatch(result, test), result), 'the test of the result fails')
      },
    }),
    property<[Json, string, unknown]>({
      name: 'json: an addition is undone by its removal, a replacement by the former value',
      generate: random => {
        const document = jsonObject(random)
        return [document, random.pick(pointers(document)), jsonValue(random)]
      },
      check([document, path, value]) {
        const former = answered(
          () =>
            applyJsonPatch({ document, former: null }, [
              { op: 'copy', from: `/document${path}`, path: '/former' },
            ]),
          ApiError,
        ) as { former: unknown } | undefined
        if (!former) return
        const there = applyJsonPatch(document, [{ op: 'replace', path, value }])
        const back = applyJsonPatch(there, [
          { op: 'test', path, value },
          { op: 'replace', path, value: former.former },
        ])
        holds(equalJson(back, document), 'replacing back differs')
        const fresh = '/fresh-key'
        const round = applyJsonPatch(document, [
          { op: 'add', path: fresh, value },
          { op: 'test', path: fresh, value },
          { op: 'remove', path: fresh },
        ])
        holds(equalJson(round, document), 'adding and removing differs')
      },
    }),
    property<[number, Json, Json]>({
      name: 'strategic: the two-way patch of kubectl leads from one object to the other',
      generate: random => {
        const index = random.below(schemas.length)
        const schema = schemas[index] as Schema
        return [index, objectOf(schema, random), objectOf(schema, random)]
      },
      check([index, from, to]) {
        const schema = schemas[index] as Schema
        const patch = twoWayMergePatch(from, to, schema)
        const result = patched([from, patch], () => applyStrategicMergePatch(from, patch, schema))
        holds(equalJson(result, to), `${JSON.stringify(patch)} leads to ${JSON.stringify(result)}`)
        holds(equalJson(applyStrategicMergePatch(result, patch, schema), result), 'twice differs')
      },
    }),
    property<[number, Json, unknown]>({
      name: 'strategic: any patch is applied or refused',
      generate: random => {
        const index = random.below(schemas.length)
        const schema = schemas[index] as Schema
        const patch = random.chance(0.9) ? directives(random, objectOf(schema, random)) : jsonValue(random)
        return [index, objectOf(schema, random), patch]
      },
      check([index, document, patch]) {
        const schema = schemas[index] as Schema
        const result = patched([document, patch], () => applyStrategicMergePatch(document, patch, schema))
        // What replaces is taken as it stands, as upstream takes it.
        if (JSON.stringify(patch).includes('"replace"')) return
        holds(
          !/"\$(patch|retainKeys|setElementOrder|deleteFrom)/.test(JSON.stringify(result) ?? ''),
          'a directive is left',
        )
      },
    }),
  ],
}
