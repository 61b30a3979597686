// Generates the schema data under data/ and the TypeScript types of kinds from machine-readable upstream facts.
// Usage: npm run generate -- DIR   (DIR holds kubernetes-1.36/ and crds/)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtinGroups, customKinds } from './selection.mjs'
import { typesOfBuiltins } from './builtin-types.mjs'
import { typesOfCustomKind } from './custom-types.mjs'

const source = process.argv[2]
if (!source) {
  console.error('usage: npm run generate -- DIR   (DIR holds kubernetes-1.36/ and crds/)')
  process.exit(2)
}
const root = new URL('../../', import.meta.url).pathname
const read = path => JSON.parse(readFileSync(join(source, path), 'utf8'))
const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const definitions = read('kubernetes-1.36/definitions.json')
const operations = read('kubernetes-1.36/operations.json')
write('data/kubernetes/definitions.json', `${JSON.stringify(definitions)}\n`)
write('data/kubernetes/protobuf.json', `${JSON.stringify(read('kubernetes-1.36/protobuf.json'))}\n`)
write('data/kubernetes/resources.json', `${JSON.stringify(resourcesOf(operations), null, 1)}\n`)

for (const [file, text] of typesOfBuiltins(definitions, resourcesOf(operations), builtinGroups))
  write(`src/kube/generated/${file}.ts`, text)

for (const { file, capability, overrides, additions } of customKinds) {
  const { name, spec } = read(`crds/${file}.json`)
  for (const [path, properties] of additions ?? [])
    for (const { schema } of spec.versions)
      Object.assign(propertiesAt(schema.openAPIV3Schema, path), properties)
  write(`data/crds/${name}.json`, `${JSON.stringify(spec)}\n`)
  const { path, text } = typesOfCustomKind(spec, capability, overrides ?? {})
  write(path, text)
}

/** The `properties` of the object at a path such as `spec.rules[]`. */
function propertiesAt(schema, path) {
  let node = schema
  for (const step of path.split('.')) {
    node = node.properties[step.replace('[]', '')]
    if (step.endsWith('[]')) node = node.items
  }
  return node.properties
}

/** Folds the operations into one row a resource: group, version, plural, kind, scope, verbs, subresources. */
function resourcesOf(operations) {
  const rows = new Map()
  const verbs = {
    post: 'create',
    list: 'list',
    get: 'get',
    put: 'update',
    patch: 'patch',
    delete: 'delete',
    deletecollection: 'deletecollection',
    watch: 'watch',
    watchlist: 'watch',
    connect: 'connect',
  }
  for (const { path, action, gvk } of operations) {
    const match =
      /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(watch\/)?(namespaces\/\{namespace\}\/)?([^/{]+)(?:\/\{name\})?(?:\/(.+?))?\/?$/.exec(
        path,
      )
    if (!match || !action || !gvk) continue
    const [, core, group = '', version = core, watch, namespaced, plural, subresource] = match
    if (watch) continue
    const key = `${group}/${version}/${plural}`
    const row = rows.get(key) ?? {
      group,
      version,
      plural,
      kind: '',
      namespaced: false,
      verbs: [],
      subresources: {},
    }
    rows.set(key, row)
    if (subresource) {
      const name = subresource.replace(/\/\{path\}$/, '')
      row.subresources[name] ??= { group: gvk.group, version: gvk.version, kind: gvk.kind, verbs: [] }
      const entry = row.subresources[name]
      const verb = verbs[action]
      if (verb && !entry.verbs.includes(verb)) entry.verbs.push(verb)
    } else {
      row.kind ||= gvk.kind
      if (namespaced) row.namespaced = true
      const verb = verbs[action]
      if (verb && !row.verbs.includes(verb)) row.verbs.push(verb)
      if (verb === 'list' && !row.verbs.includes('watch')) row.verbs.push('watch')
    }
  }
  return [...rows.values()]
    .filter(row => row.kind)
    .sort((a, b) =>
      `${a.group}/${a.version}/${a.plural}`.localeCompare(`${b.group}/${b.version}/${b.plural}`),
    )
}
