import type { Clock } from '../../../lib/clock.ts'
import { EtcdClient } from './etcd-client.ts'
import { GrpcChannel, type GrpcTls } from './grpc-channel.ts'

/** Which etcd to use, and the part of its keys that is this control plane's. */
export interface EtcdOptions {
  servers: readonly string[]
  prefix: string
  tls?: GrpcTls | undefined
}

export interface EtcdConnection extends Disposable {
  client: EtcdClient
  /** Tells one etcd cluster from another. */
  clusterId: string
}

/** Connects to the first server that answers. Throws GrpcError when none does. */
export async function connectEtcd({ servers, tls }: EtcdOptions, clock: Clock): Promise<EtcdConnection> {
  const channel = new GrpcChannel({ endpoints: servers, tls, clock })
  const client = new EtcdClient(channel)
  try {
    const { header } = await client.range({ key: Buffer.from('/'), countOnly: true })
    const clusterId = String(header?.clusterId ?? 0)
    return { client, clusterId, [Symbol.dispose]: () => channel[Symbol.dispose]() }
  } catch (error) {
    channel[Symbol.dispose]()
    throw error
  }
}
