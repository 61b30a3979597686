import { createHash } from 'node:crypto'
import type { Service } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type FieldError, forbidden, invalid, invalidValue } from '../../kube/schema/field-error.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { StoreEvent } from '../store/watcher.ts'
import { type AddressRange, addressAt, indexIn, parseAddressRange } from './address-range.ts'

export const SERVICES = '/services'

/** Loopback, so that the node can listen there without privileges; pods have addresses below. */
const LOOPBACK = parseAddressRange('127.128.0.0/12')
const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2768

interface Options {
  range?: AddressRange | undefined
  start?: number | undefined
  skip?: number | undefined
}

/** Which cluster IPs and node ports are taken, by the uid of the Service that has them. */
export class ServiceAddresses {
  readonly #owners = new Map<string, string>()
  readonly #held = new Map<string, Set<string>>()
  /** The address of `default/kubernetes`. */
  readonly ofApi: string
  readonly #range: AddressRange
  #nextAddress: number
  #nextPort: number

  /**
   * `seed` spreads the addresses of several stacks on one machine: all listen on its loopback interface. `skip` lets
   * the servers of one control plane begin at different places. Another `range` is used from its first address on.
   */
  constructor(seed?: string, { range, start = range || !seed ? 0 : startOf(seed), skip = 0 }: Options = {}) {
    this.#range = range ?? LOOPBACK
    this.ofApi = addressAt(this.#range, start + 1)
    this.#nextAddress = start + 2 + skip
    this.#nextPort = skip
  }

  /** Where cluster IPs come from, in CIDR notation. */
  get range(): string {
    return this.#range.text
  }

  restore(stored: Iterable<StoredObject>): void {
    for (const one of stored) this.hold(asService(one))
  }

  changed({ type, stored }: StoreEvent): void {
    const service = asService(stored)
    if (type === 'DELETED') this.release(service)
    else this.hold(service)
  }

  /** Frees what a service had, also when it was never stored. */
  release({ metadata }: Service): void {
    for (const address of this.#held.get(metadata.uid) ?? []) this.#owners.delete(address)
    this.#held.delete(metadata.uid)
  }

  /** A free cluster IP, or the one that is asked for; `reserve` is false for a dry run. Throws Invalid. */
  clusterIp(service: Service, asked: string | undefined, reserve: boolean): string {
    if (asked !== undefined) this.#requireFree(service, asked)
    const address =
      asked ??
      this.#free(
        service,
        'clusterIP',
        this.#range.count,
        index => addressAt(this.#range, index),
        () => this.#nextAddress++,
      )
    if (reserve) this.#take(address, service.metadata.uid)
    return address
  }

  nodePort(service: Service, asked: number | undefined, reserve: boolean): number {
    if (asked !== undefined) this.#requirePort(service, asked)
    const name = (index: number) => portName(FIRST_NODE_PORT + index)
    const port =
      asked ?? Number(this.#free(service, 'nodePort', NODE_PORTS, name, () => this.#nextPort++).slice(1))
    if (reserve) this.#take(portName(port), service.metadata.uid)
    return port
  }

  #requireFree(service: Service, address: string): void {
    const owner = this.#owners.get(address)
    if (indexIn(this.#range, address) === undefined)
      throw refused(
        service,
        'spec.clusterIPs',
        [address],
        `failed to allocate IP: the provided IP is not in the valid range. The range of valid IPs is ${this.#range.text}`,
      )
    if (owner !== undefined && owner !== service.metadata.uid)
      throw refused(
        service,
        'spec.clusterIPs',
        [address],
        `failed to allocate IP ${address}: provided IP is already allocated`,
      )
  }

  #requirePort(service: Service, port: number): void {
    const owner = this.#owners.get(portName(port))
    const field = 'spec.ports[0].nodePort'
    if (port < FIRST_NODE_PORT || port >= FIRST_NODE_PORT + NODE_PORTS)
      throw refused(
        service,
        field,
        port,
        `provided port is not in the valid range. The range of valid ports is 30000-32767`,
      )
    if (owner !== undefined && owner !== service.metadata.uid)
      throw refused(service, field, port, 'provided port is already allocated')
  }

  #free(
    service: Service,
    what: string,
    count: number,
    name: (index: number) => string,
    next: () => number,
  ): string {
    for (let tries = 0; tries < count; tries++) {
      const candidate = name(next() % count)
      // As in any subnet, its own number and the last one are left out.
      const { count: size } = this.#range
      const isKept = [this.ofApi, addressAt(this.#range, 0), addressAt(this.#range, size - 1)].includes(
        candidate,
      )
      if (!this.#owners.has(candidate) && !isKept) return candidate
    }
    throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [
      forbidden(`spec.${what}`, 'all of them are taken'),
    ])
  }

  #take(address: string, uid: string): void {
    this.#owners.set(address, uid)
    const held = this.#held.get(uid) ?? new Set()
    this.#held.set(uid, held.add(address))
  }

  /** Makes what is held exactly what the stored service has. */
  hold(service: Service): void {
    this.release(service)
    for (const claim of claimsOf(service)) this.#take(claim, service.metadata.uid)
  }
}

/** What a Service has that no other may have: its cluster IP and node ports. */
export function claimsOf(service: KubeObject): string[] {
  // Only Services are asked for.
  const { clusterIP, ports = [] } = (service as unknown as Service).spec
  const nodePorts = new Set(ports.flatMap(({ nodePort }) => (nodePort ? [portName(nodePort)] : [])))
  return [...(clusterIP && clusterIP !== 'None' ? [clusterIP] : []), ...nodePorts]
}

/** Where to begin, so that there is a first address for the API itself. */
const startOf = (seed: string): number =>
  createHash('sha256').update(seed).digest().readUInt32BE(0) % (LOOPBACK.count - 2)

const portName = (port: number) => `:${port}`

function refused(service: Service, field: string, value: unknown, why: string) {
  const error: FieldError = invalidValue(field, value, why)
  return invalid({ group: '', kind: 'Service' }, service.metadata.name, [error])
}

// Only Services are kept under SERVICES.
const asService = (stored: StoredObject) => stored.object as unknown as Service
