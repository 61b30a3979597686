import { Reader } from '../../../kube/protobuf/reader.ts'
import { type GrpcChannel, GrpcError, UNAVAILABLE } from './grpc-channel.ts'
import { type Decoded, type Draft, decode, encode, type MessageTable } from './message-table.ts'
import {
  compactionRequest,
  compactionResponse,
  leaseGrantRequest,
  leaseGrantResponse,
  rangeRequest,
  rangeResponse,
  txnRequest,
  txnResponse,
  watchRequest,
  watchResponse,
} from './messages.ts'

export type RangeResponse = Decoded<typeof rangeResponse>
export type KeyValue = RangeResponse['kvs'][number]
export type TxnRequest = Draft<typeof txnRequest>
export type TxnResponse = Decoded<typeof txnResponse>
export type WatchResponse = Decoded<typeof watchResponse>

/** The calls of etcd's API v3 that the store needs. All throw GrpcError. */
export class EtcdClient {
  readonly #channel: GrpcChannel

  constructor(channel: GrpcChannel) {
    this.#channel = channel
  }

  /** A linearizable read. */
  range(request: Draft<typeof rangeRequest>): Promise<RangeResponse> {
    // Reading twice does no harm, so a connection that broke is worth a second try.
    return this.#call('KV/Range', [rangeRequest, request], rangeResponse).catch(error => {
      if (!(error instanceof GrpcError) || !isBroken(error)) throw error
      return this.#call('KV/Range', [rangeRequest, request], rangeResponse)
    })
  }

  txn(request: TxnRequest): Promise<TxnResponse> {
    return this.#call('KV/Txn', [txnRequest, request], txnResponse)
  }

  async compact(revision: number): Promise<void> {
    await this.#call('KV/Compact', [compactionRequest, { revision }], compactionResponse)
  }

  /** The lease's id is the caller's: those that etcd chooses do not fit a JavaScript number. */
  async grantLease(id: number, ttlSeconds: number): Promise<void> {
    await this.#call('Lease/LeaseGrant', [leaseGrantRequest, { id, ttl: ttlSeconds }], leaseGrantResponse)
  }

  /** Changes of the keys in a range from a revision on, in order, until the signal aborts. */
  async *watch(
    range: { key: Buffer; rangeEnd: Buffer; startRevision: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchResponse> {
    const request = encode(watchRequest, { create: { ...range, progressNotify: true } })
    for await (const message of this.#channel.serverStream('/etcdserverpb.Watch/Watch', request, signal))
      yield decode(watchResponse, new Reader(message))
  }

  async #call<Q extends MessageTable, A extends MessageTable>(
    method: string,
    [table, request]: [Q, Draft<Q>],
    answer: A,
  ): Promise<Decoded<A>> {
    const message = await this.#channel.unary(`/etcdserverpb.${method}`, encode(table, request))
    return decode(answer, new Reader(message))
  }
}

const isBroken = (error: GrpcError) => error.code === UNAVAILABLE && error.wasSent
