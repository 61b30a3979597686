// Writes data/kubernetes/bootstrap-policy.json: the roles and bindings that every cluster has.
// Usage: node tools/generate/bootstrap-policy.mjs DIR   (DIR is bootstrappolicy/testdata of a Kubernetes source tree)
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const source = process.argv[2]
if (!source) {
  console.error('usage: node tools/generate/bootstrap-policy.mjs DIR   (DIR holds cluster-roles.yaml …)')
  process.exit(2)
}
const itemsOf = file => parse(readFileSync(join(source, `${file}.yaml`), 'utf8')).items
const policy = {
  clusterRoles: [...itemsOf('cluster-roles'), ...itemsOf('controller-roles')],
  clusterRoleBindings: [...itemsOf('cluster-role-bindings'), ...itemsOf('controller-role-bindings')],
  roles: itemsOf('namespace-roles'),
  roleBindings: itemsOf('namespace-role-bindings'),
}
const lines = Object.entries(policy).map(([name, objects]) => {
  const rows = objects.map(object => `  ${JSON.stringify(withoutEmpty(object))}`)
  return ` ${JSON.stringify(name)}: [\n${rows.join(',\n')}\n ]`
})
const target = new URL('../../data/kubernetes/bootstrap-policy.json', import.meta.url)
writeFileSync(target, `{\n${lines.join(',\n')}\n}\n`)

/** Kind and version follow from the list; what is null says nothing. */
function withoutEmpty({ apiVersion: _version, kind: _kind, metadata, ...rest }) {
  const { creationTimestamp: _time, ...named } = metadata
  return {
    metadata: named,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
  }
}
