import type { Service } from '../../../kube/generated/core-v1.ts'

/** The variables by which a container finds Services: `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and Docker's link variables. */
export function serviceVariables(services: readonly Service[]): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { metadata, spec } of services) {
    const address = spec.clusterIP
    const [first] = spec.ports ?? []
    if (!address || address === 'None' || !first) continue
    const prefix = envName(metadata.name)
    variables[`${prefix}_SERVICE_HOST`] = address
    variables[`${prefix}_SERVICE_PORT`] = String(first.port)
    for (const port of spec.ports ?? [])
      if (port.name) variables[`${prefix}_SERVICE_PORT_${envName(port.name)}`] = String(port.port)
    const url = (port: { protocol?: string | undefined; port: number }) =>
      `${(port.protocol ?? 'TCP').toLowerCase()}://${address}:${port.port}`
    variables[`${prefix}_PORT`] = url(first)
    for (const port of spec.ports ?? []) {
      const link = `${prefix}_PORT_${port.port}_${port.protocol ?? 'TCP'}`
      variables[link] = url(port)
      variables[`${link}_PROTO`] = (port.protocol ?? 'TCP').toLowerCase()
      variables[`${link}_PORT`] = String(port.port)
      variables[`${link}_ADDR`] = address
    }
  }
  return variables
}

const envName = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
