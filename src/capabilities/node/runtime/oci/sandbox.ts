import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Pod } from '../../../../kube/generated/core-v1.ts'
import type { PodNetwork } from '../../network/pod-network.ts'
import { mountsBelow, unmountBelow } from '../../volumes/memory-volume.ts'
import { SandboxError } from '../container-runtime.ts'
import { endPodProcesses, hasPodProcesses, sharePodProcesses } from './pod-processes.ts'
import type { Namespaces } from './config-json.ts'
import { hostnameOf } from './etc-files.ts'

const run = promisify(execFile)

/** The namespaces that the containers of a pod share, kept by files, so that they need no process. */
export class Sandboxes {
  readonly #directory: string
  readonly #network: PodNetwork | undefined
  /** By the pod's uid. */
  readonly #made = new Map<string, Promise<Namespaces>>()

  /** Without a network, pods share that of the host, and containers have the other namespaces for themselves. */
  constructor(directory: string, network: PodNetwork | undefined) {
    this.#directory = directory
    this.#network = network
  }

  /** The namespaces of a pod, made when they are first asked for. Throws SandboxError. */
  async of(pod: Pod, address: string): Promise<Namespaces> {
    const { uid } = pod.metadata
    await this.#forgetEnded(pod)
    let made = this.#made.get(uid)
    if (!made) {
      made = this.#make(pod, address)
      this.#made.set(uid, made)
    }
    try {
      return await made
    } catch (error) {
      this.#made.delete(uid)
      throw new SandboxError(`failed to create pod network sandbox: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  async remove(uid: string): Promise<void> {
    this.#made.delete(uid)
    await endPodProcesses(this.#holderFile(uid))
    await this.#network?.disconnect(uid)
    const folder = join(this.#directory, uid)
    await unmountBelow(folder)
    await rm(folder, { recursive: true, force: true })
  }

  async #make(pod: Pod, address: string): Promise<Namespaces> {
    const { hostNetwork, hostIPC, hostPID } = pod.spec
    const pid = hostPID ? 'host' : await this.#processes(pod)
    const ipc = hostIPC ? 'host' : undefined
    if (!this.#network) return { net: 'host', ipc, uts: hostNetwork ? 'host' : undefined, pid }
    const folder = join(this.#directory, pod.metadata.uid)
    const own = [...(hostNetwork ? [] : ['net', 'uts']), ...(hostIPC ? [] : ['ipc'])]
    const files = Object.fromEntries(own.map(name => [name, join(folder, name)]))
    const namespaces = {
      net: files['net'] ?? 'host',
      ipc: files['ipc'] ?? 'host',
      uts: files['uts'] ?? 'host',
      pid,
    }
    // They outlive Drave, with the containers in them.
    const kept = mountsBelow(folder).filter(path => path !== pid)
    if (own.length === 0 || own.every(name => kept.includes(join(folder, name)))) return namespaces
    for (const path of kept) await unmountBelow(path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const file of Object.values(files)) await writeFile(file, '')
    const setup = hostNetwork ? 'true' : 'hostname "$1" && ip link set lo up'
    const flags = Object.entries(files).map(([name, file]) => `--${name}=${file}`)
    await run('unshare', [...flags, 'sh', '-c', setup, 'sh', hostnameOf(pod)])
    if (files['net']) await this.#network.connect(pod.metadata.uid, files['net'], address)
    return namespaces
  }

  /** The namespace of process numbers that the pod's containers share, where they are to. */
  async #processes(pod: Pod): Promise<string | undefined> {
    if (!pod.spec.shareProcessNamespace || !this.#network) return undefined
    const { uid } = pod.metadata
    const file = join(this.#directory, uid, 'pid')
    const holderFile = this.#holderFile(uid)
    if (await hasPodProcesses(holderFile)) return file
    await unmountBelow(file)
    await sharePodProcesses(file, holderFile)
    return file
  }

  /** A namespace of processes ends with its first one, for instance for want of memory: it is made anew. */
  async #forgetEnded({ metadata, spec }: Pod): Promise<void> {
    const made = this.#made.get(metadata.uid)
    if (!made || !spec.shareProcessNamespace || !this.#network || spec.hostPID) return
    // Containers that start at once must not take one that is being made for one that has ended.
    await made.catch(() => {})
    const hasEnded = !(await hasPodProcesses(this.#holderFile(metadata.uid)))
    if (hasEnded && this.#made.get(metadata.uid) === made) this.#made.delete(metadata.uid)
  }

  #holderFile(uid: string): string {
    return join(this.#directory, uid, 'holder.json')
  }
}
