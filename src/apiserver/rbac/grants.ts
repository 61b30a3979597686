import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from '../../kube/generated/rbac-v1.ts'
import { serviceAccountName } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'

/** That a binding gives one of its subjects a role. */
export interface Grant {
  binding: { name: string; namespace: string }
  roleRef: RoleRef
  subject: Subject
}

/** Grants by who is granted them, and where: a check looks only at those of its user and groups. */
export class Grants {
  readonly #byPlace = new Map<string, Map<string, Set<Grant>>>()
  readonly #ofBinding = new Map<string, readonly [string, Grant][]>()

  /** Takes over a binding, in place of what it was before. */
  set(binding: RoleBinding | ClusterRoleBinding): void {
    this.delete(binding)
    const { name, namespace = '' } = binding.metadata
    const seen = new Set<string>()
    const granted: [string, Grant][] = []
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace)
      if (key === undefined || seen.has(key)) continue
      seen.add(key)
      granted.push([key, { binding: { name, namespace }, roleRef: binding.roleRef, subject }])
    }
    this.#ofBinding.set(`${namespace}/${name}`, granted)
    const place = this.#byPlace.get(namespace) ?? new Map<string, Set<Grant>>()
    this.#byPlace.set(namespace, place)
    for (const [key, grant] of granted) {
      const grants = place.get(key)
      if (grants) grants.add(grant)
      else place.set(key, new Set([grant]))
    }
  }

  delete({ metadata: { name, namespace = '' } }: RoleBinding | ClusterRoleBinding): void {
    const id = `${namespace}/${name}`
    const place = this.#byPlace.get(namespace)
    for (const [key, grant] of this.#ofBinding.get(id) ?? []) {
      const grants = place?.get(key)
      grants?.delete(grant)
      if (grants?.size === 0) place?.delete(key)
    }
    this.#ofBinding.delete(id)
    if (place?.size === 0) this.#byPlace.delete(namespace)
  }

  /** What a user and their groups are granted everywhere, then in the namespace, if one is named. */
  *of({ username, groups }: UserInfo, namespace: string): Generator<Grant> {
    for (const place of namespace === '' ? [''] : ['', namespace]) {
      const grants = this.#byPlace.get(place)
      if (!grants) continue
      yield* grants.get(userKey(username)) ?? []
      for (const group of groups) yield* grants.get(groupKey(group)) ?? []
    }
  }
}

const userKey = (name: string) => `user ${name}`
const groupKey = (name: string) => `group ${name}`

/** Undefined for a subject that nobody is. */
function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string | undefined {
  switch (kind) {
    case 'User':
      return userKey(name)
    case 'Group':
      return groupKey(name)
    case 'ServiceAccount': {
      const home = namespace || bindingNamespace
      return home === '' ? undefined : userKey(serviceAccountName(home, name))
    }
    default:
      return undefined
  }
}

/** In upstream's words, its odd order of names and namespaces included. */
export function describeGrant({ binding, roleRef, subject }: Grant): string {
  const { name, namespace } = binding
  const [kind, id] = namespace === '' ? ['ClusterRoleBinding', name] : ['RoleBinding', `${name}/${namespace}`]
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name
  return `${kind} ${JSON.stringify(id)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`
}
