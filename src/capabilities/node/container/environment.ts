import type { ConfigMap, Container, EnvVar, Secret, Service } from '../../../kube/generated/core-v1.ts'
import { ConfigError } from './config-error.ts'
import { fieldValue, type PodFacts, resourceValue } from './downward.ts'
import { fileOfVolume, variableInFile } from './env-file.ts'
import { expand } from './expand.ts'
import { serviceVariables } from './service-variables.ts'

/** The objects that a pod's configuration may name, by name in the pod's namespace. */
export interface ConfigSources {
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
  /** Services of the pod's namespace, and `kubernetes` of the namespace default. */
  services(): readonly Service[]
  /** Where one of the pod's volumes is; undefined where there is none, or it has not been set up. */
  volumePath?(name: string): string | undefined
}

interface EnvironmentInput {
  container: Container
  facts: PodFacts
  sources: ConfigSources
  /** From the image's configuration. */
  image: Readonly<Record<string, string>>
  /** What the node itself sets; a container may override it. */
  node: Readonly<Record<string, string>>
}

/** The whole environment of a container, in the kubelet's order of precedence. Throws ConfigError. */
export function environment({
  container,
  facts,
  sources,
  image,
  node,
}: EnvironmentInput): Record<string, string> {
  const linked = serviceVariables(
    facts.pod.spec.enableServiceLinks === false
      ? sources
          .services()
          .filter(
            service => service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes',
          )
      : sources.services(),
  )
  const result: Record<string, string> = { ...node, ...image, ...linked }
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef
      ? configMapText(sources, configMapRef.name ?? '', configMapRef.optional)
      : secretRef
        ? secretText(sources, secretRef.name ?? '', secretRef.optional)
        : undefined
    for (const [key, value] of Object.entries(data ?? {}))
      if (!key.includes('=')) result[prefix + key] = value
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, { container, facts, sources, image: result, node })
    if (value !== undefined) result[variable.name] = value
  }
  return result
}

/** `input.image` holds the variables so far. */
function variableValue(variable: EnvVar, input: EnvironmentInput): string | undefined {
  const { valueFrom } = variable
  if (!valueFrom) return expand(variable.value ?? '', input.image)
  const { facts, sources, container } = input
  const namespace = facts.pod.metadata.namespace
  if (valueFrom.fieldRef) return fieldValue(valueFrom.fieldRef.fieldPath, facts)
  if (valueFrom.resourceFieldRef) return resourceValue(valueFrom.resourceFieldRef, container, facts)
  if (valueFrom.configMapKeyRef) {
    const { name = '', key, optional } = valueFrom.configMapKeyRef
    const value = configMapText(sources, name, optional)?.[key]
    if (value === undefined && !optional)
      throw new ConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
    return value
  }
  if (valueFrom.secretKeyRef) {
    const { name = '', key, optional } = valueFrom.secretKeyRef
    const value = secretText(sources, name, optional)?.[key]
    if (value === undefined && !optional)
      throw new ConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`)
    return value
  }
  if (valueFrom.fileKeyRef) {
    const { volumeName, path, key, optional } = valueFrom.fileKeyRef
    const volume = sources.volumePath?.(volumeName)
    if (volume === undefined)
      throw new ConfigError(`cannot find the volume "${volumeName}" referenced by FileKeyRef`)
    const value = variableInFile(fileOfVolume(volume, path), key)
    if (value === undefined && !optional)
      throw new ConfigError(`environment variable key "${key}" not found in file "${path}"`)
    return value
  }
  throw new ConfigError(`env "${variable.name}": this kind of valueFrom is not supported by the node`)
}

function configMapText(
  sources: ConfigSources,
  name: string,
  optional: boolean | undefined,
): Record<string, string> | undefined {
  const object = sources.configMap(name)
  if (!object && !optional) throw new ConfigError(`configmap "${name}" not found`)
  return object?.data
}

function secretText(
  sources: ConfigSources,
  name: string,
  optional: boolean | undefined,
): Record<string, string> | undefined {
  const object = sources.secret(name)
  if (!object && !optional) throw new ConfigError(`secret "${name}" not found`)
  return (
    object &&
    Object.fromEntries(
      Object.entries(object.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    )
  )
}
