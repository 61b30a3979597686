import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { canMount } from '../volumes/memory-volume.ts'

const run = promisify(execFile)

/** Hosts of a /24, without its own number, the bridge and the broadcast address. */
const FIRST_HOST = 2
const LAST_HOST = 254

/**
 * The network of pods that have a network namespace: a bridge of this host, and for every pod a pair of virtual
 * interfaces and an address of 10.x.y.0/24. Addresses of Services and of other pods in 127.64.0.0/10 lead to the
 * host, whose service proxy listens there.
 */
export class PodNetwork {
  readonly bridge: string
  /** The first three numbers of the subnet. */
  readonly #prefix: string
  readonly #taken = new Map<string, string>()
  #made: Promise<void> | undefined

  /** `seed` tells the networks of several Drave processes on one machine apart. */
  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest()
    this.bridge = `drave${digest.toString('hex').slice(0, 8)}`
    this.#prefix = `10.${64 + (digest.readUInt8(0) % 128)}.${digest.readUInt8(1)}`
  }

  static isPossible(): boolean {
    return canMount()
  }

  get gateway(): string {
    return `${this.#prefix}.1`
  }

  /** The pod's address; `wanted`, the one it had before, where it is free. */
  take(uid: string, wanted?: string): string {
    if (wanted && this.owns(wanted) && (this.#taken.get(wanted) ?? uid) === uid) {
      this.#taken.set(wanted, uid)
      return wanted
    }
    for (let host = FIRST_HOST; host <= LAST_HOST; host++) {
      const address = `${this.#prefix}.${host}`
      if (this.#taken.has(address)) continue
      this.#taken.set(address, uid)
      return address
    }
    throw new Error(`all addresses of ${this.#prefix}.0/24 are taken`)
  }

  /** Whether an address is one of this network's. */
  owns(address: string): boolean {
    return address.startsWith(`${this.#prefix}.`)
  }

  release(uid: string): void {
    for (const [address, owner] of this.#taken) if (owner === uid) this.#taken.delete(address)
  }

  /** Connects a network namespace, given by the file that keeps it, to the bridge. */
  async connect(uid: string, namespace: string, address: string): Promise<void> {
    this.#made ??= this.#makeBridge()
    await this.#made.catch(error => {
      this.#made = undefined
      throw error
    })
    const host = hostEnd(uid)
    await run('ip', ['link', 'delete', host]).catch(() => {})
    const peer = ['peer', 'name', 'eth0', 'netns', namespace]
    await run('ip', ['link', 'add', host, 'type', 'veth', ...peer])
    await run('ip', ['link', 'set', host, 'master', this.bridge, 'up'])
    // 127.64.0.0/10 and 127.128.0.0/9 are other pods and Services: only the rest of 127.0.0.0/8 stays inside.
    const inside = [
      `ip addr add ${address}/24 dev eth0`,
      'ip link set eth0 up',
      'echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet',
      `ip route add default via ${this.gateway}`,
      'ip route add local 127.0.0.0/10 dev lo table local src 127.0.0.1',
      'ip route del local 127.0.0.0/8 dev lo table local',
    ].join(' && ')
    await run('nsenter', [`--net=${namespace}`, 'sh', '-c', inside])
  }

  async disconnect(uid: string): Promise<void> {
    await run('ip', ['link', 'delete', hostEnd(uid)]).catch(() => {})
  }

  /** Removes the bridge, also one that an earlier process made; no pod may be on it any more. */
  async remove(): Promise<void> {
    this.#made = undefined
    await run('ip', ['link', 'delete', this.bridge]).catch(() => {})
  }

  async #makeBridge(): Promise<void> {
    const exists = await run('ip', ['link', 'show', this.bridge]).then(
      () => true,
      () => false,
    )
    if (!exists) {
      await this.#requireFree()
      await run('ip', ['link', 'add', 'name', this.bridge, 'type', 'bridge'])
      await run('ip', ['addr', 'add', `${this.gateway}/24`, 'dev', this.bridge])
    }
    await run('ip', ['link', 'set', this.bridge, 'up'])
    await run('sh', ['-c', `echo 1 > /proc/sys/net/ipv4/conf/${this.bridge}/route_localnet`])
  }

  async #requireFree(): Promise<void> {
    const { stdout } = await run('ip', ['-4', 'route', 'show', 'match', `${this.#prefix}.0/24`])
    const other = stdout.split('\n').find(line => line !== '' && !line.startsWith('default'))
    if (other) throw new Error(`the network ${this.#prefix}.0/24 is in use on this host: ${other.trim()}`)
  }
}

/** The name of a pod's interface on the host: at most fifteen characters. */
const hostEnd = (uid: string): string => `dv${createHash('sha256').update(uid).digest('hex').slice(0, 12)}`
