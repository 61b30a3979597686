import { connect } from 'node:http2'
import type { GRPCAction } from '../../../kube/generated/core-v1.ts'
import type { CheckInput } from './check.ts'
import type { CheckResult } from './probe-state.ts'

/** HealthCheckResponse.ServingStatus of grpc.health.v1. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
const SERVING = 1
const UNIMPLEMENTED = '12'
const MAX_ANSWER_BYTES = 1024

/** Asks a server for its health by grpc.health.v1.Health/Check, without TLS; failures are in the kubelet's words. */
export function checkGrpc({ port, service = '' }: GRPCAction, input: CheckInput): Promise<CheckResult> {
  const { address, timeoutMs, clock } = input
  const target = `${address}:${port}`
  return new Promise(resolve => {
    const session = connect(`http://${target}`)
    let isConnected = false
    const finish = (result: CheckResult) => {
      timer[Symbol.dispose]()
      session.destroy()
      resolve(result)
    }
    const fail = (message: string) => finish({ ok: false, message })
    const within = `within ${timeoutMs / 1000}s`
    const timer = clock.after(timeoutMs, () =>
      fail(
        isConnected
          ? `timeout: health rpc did not complete ${within}`
          : `timeout: failed to connect service "${target}" ${within}: context deadline exceeded`,
      ),
    )
    session.on('connect', () => {
      isConnected = true
    })
    const broken = (error: Error) => {
      const { message } = error.cause instanceof Error ? error.cause : error
      fail(
        isConnected
          ? `error: health rpc probe failed: ${message}`
          : `error: failed to connect service at "${target}": ${message}`,
      )
    }
    session.on('error', broken)
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    })
    const chunks: Buffer[] = []
    let status: string | undefined
    let text: string | undefined
    // A server that answers without a message sends its trailers as headers.
    const read = (headers: Record<string, unknown>) => {
      status = headers['grpc-status']?.toString() ?? status
      text = headers['grpc-message']?.toString() ?? text
    }
    call.on('response', read)
    call.on('trailers', read)
    call.on('error', broken)
    call.on('data', (chunk: Buffer) => {
      if (chunks.reduce((sum, { length }) => sum + length, 0) < MAX_ANSWER_BYTES) chunks.push(chunk)
    })
    call.on('end', () => {
      if (status === UNIMPLEMENTED)
        return fail('error: this server does not implement the grpc health protocol (grpc.health.v1.Health)')
      if (status !== '0') return fail(`error: health rpc probe failed: code ${status}: ${text ?? ''}`)
      const code = servingStatus(Buffer.concat(chunks))
      if (code === SERVING) finish({ ok: true })
      else fail(`service unhealthy (responded with "${STATUSES[code] ?? code}")`)
    })
    call.end(healthCheckRequest(service))
  })
}

/** HealthCheckRequest { string service = 1 } as a gRPC message: a flag, a length of four bytes, protobuf. */
function healthCheckRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7]
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), name])
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(message.length, 1)
  return Buffer.concat([frame, message])
}

/** HealthCheckResponse { ServingStatus status = 1 }: absent is 0. */
const servingStatus = (frame: Buffer): number => (frame[5] === 0x08 ? (frame[6] ?? 0) : 0)
