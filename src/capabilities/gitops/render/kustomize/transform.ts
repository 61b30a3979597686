import { changeField, type FieldSpec, applies } from './field-spec.ts'
import {
  commonAnnotations,
  commonLabels,
  metadataLabels,
  replicas,
  serviceNamespaces,
  templateLabels,
} from './field-specs.ts'
import { changeImages } from './images.ts'
import { isJsonObject, type Json } from '../../../../kube/schema/schema.ts'
import type { Kustomization } from './kustomization.ts'
import {
  groupOf,
  isClusterScoped,
  nameOf,
  originalOf,
  type Resource,
  setName,
  setNamespace,
} from './resource.ts'
import { RenderError } from '../render-error.ts'

/** Kinds that keep their names. */
const unprefixed = new Set(['CustomResourceDefinition', 'APIService', 'Namespace'])

/** Sets the namespace of everything that has one, and the namespaces inside of objects that follow it. */
export function applyNamespace(resources: readonly Resource[], namespace: string): void {
  for (const resource of resources) {
    if (!isClusterScoped(resource)) setNamespace(resource, namespace)
    if (resource.object.kind === 'Namespace' && groupOf(resource) === '') setName(resource, namespace)
    for (const spec of serviceNamespaces)
      if (applies(spec, resource)) changeField(resource.object, spec, () => namespace)
    setSubjectNamespaces(resource, namespace)
  }
}

/** Only the `default` ServiceAccount is known to be in the build's namespace without being part of the build. */
function setSubjectNamespaces({ object }: Resource, namespace: string): void {
  if (!/^(Cluster)?RoleBinding$/.test(object.kind) || !Array.isArray(object['subjects'])) return
  for (const subject of object['subjects'] as unknown[])
    if (isJsonObject(subject) && subject['kind'] === 'ServiceAccount' && subject['name'] === 'default')
      subject['namespace'] = namespace
}

export function applyNamePrefix(resources: readonly Resource[], prefix: string): void {
  for (const resource of resources) {
    if (unprefixed.has(resource.object.kind)) continue
    setName(resource, prefix + nameOf(resource))
    resource.prefixes.push(prefix)
  }
}

export function applyNameSuffix(resources: readonly Resource[], suffix: string): void {
  for (const resource of resources) {
    if (unprefixed.has(resource.object.kind)) continue
    setName(resource, nameOf(resource) + suffix)
    resource.suffixes.push(suffix)
  }
}

/** Adds to the map at each of the fields. */
function addPairs(
  resources: readonly Resource[],
  pairs: Readonly<Record<string, string>>,
  specs: readonly FieldSpec[],
): void {
  for (const resource of resources)
    for (const spec of specs)
      if (applies(spec, resource))
        changeField(resource.object, spec, value => ({ ...(isJsonObject(value) ? value : {}), ...pairs }))
}

export function applyLabels(resources: readonly Resource[], kustomization: Kustomization): void {
  for (const { pairs = {}, includeSelectors, includeTemplates } of kustomization.labels)
    addPairs(
      resources,
      pairs,
      includeSelectors ? commonLabels : includeTemplates ? templateLabels : metadataLabels,
    )
  if (kustomization.commonLabels) addPairs(resources, kustomization.commonLabels, commonLabels)
}

export function applyAnnotations(
  resources: readonly Resource[],
  annotations: Readonly<Record<string, string>>,
): void {
  addPairs(resources, annotations, commonAnnotations)
}

export function applyReplicas(
  resources: readonly Resource[],
  kustomization: Kustomization,
  file: string,
): void {
  for (const { name, count } of kustomization.replicas) {
    const found = resources.filter(
      resource =>
        (nameOf(resource) === name || originalOf(resource).name === name) &&
        replicas.some(spec => applies(spec, resource)),
    )
    if (found.length === 0)
      throw new RenderError(
        `${file}: replicas: there is no Deployment, ReplicaSet or StatefulSet named ${name}`,
      )
    for (const { object } of found) {
      const spec = isJsonObject(object['spec']) ? object['spec'] : {}
      object['spec'] = spec
      spec['replicas'] = count
    }
  }
}

export function applyImages(resources: readonly Resource[], kustomization: Kustomization): void {
  for (const rule of kustomization.images)
    for (const { object } of resources)
      if (object.kind !== 'CustomResourceDefinition') changeImages(object as Json, rule)
}
