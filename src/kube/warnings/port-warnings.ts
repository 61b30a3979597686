import type { ContainerPort } from '../generated/core-v1.ts'
import type { PlacedContainer } from './pod-warnings.ts'

interface PlacedPort {
  readonly at: string
  readonly port: ContainerPort
}

/** Ports of all containers of a pod that are there twice, in whole or in part. */
export function portWarnings(containers: readonly PlacedContainer[]): string[] {
  const ports = containers.flatMap(({ at, container }) =>
    (container.ports ?? []).map((port, index): PlacedPort => ({ at: `${at}.ports[${index}]`, port })),
  )
  return [...overlaps(ports), ...sameNames(ports)]
}

function overlaps(ports: readonly PlacedPort[]): string[] {
  const found: string[] = []
  const known = new Map<string, PlacedPort[]>()
  for (const placed of ports) {
    const { containerPort, protocol = 'TCP' } = placed.port
    const key = `${containerPort}/${protocol}`
    const others = known.get(key) ?? []
    for (const other of others) {
      const how = overlapOf(placed.port, other.port)
      if (how) found.push(`${placed.at}: ${how} port definition with ${other.at}`)
    }
    known.set(key, [...others, placed])
  }
  return found
}

function overlapOf(one: ContainerPort, other: ContainerPort): string | undefined {
  const [port, otherPort] = [one.hostPort ?? 0, other.hostPort ?? 0]
  const [address, otherAddress] = [one.hostIP ?? '', other.hostIP ?? '']
  if (address === otherAddress && port === otherPort) return 'duplicate'
  if (port === 0 || otherPort === 0) return 'overlapping'
  const isEitherOpen = (address === '') !== (otherAddress === '')
  return port === otherPort && isEitherOpen ? 'dangerously ambiguous' : undefined
}

function sameNames(ports: readonly PlacedPort[]): string[] {
  const first = new Map<string, string>()
  return ports.flatMap(({ at, port: { name } }) => {
    if (!name) return []
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, at)
      return []
    }
    return [
      `${at}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
    ]
  })
}
