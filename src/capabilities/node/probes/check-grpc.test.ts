import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../../kernel/clock.ts'
import { checkGrpc } from './check-grpc.ts'

let server: Http2Server
/** What the server answers to each service. */
const answers: Record<string, { status?: number; code: string }> = {
  '': { status: 1, code: '0' },
  down: { status: 2, code: '0' },
  odd: { code: '5' },
  bare: { code: '12' },
}
beforeEach(async () => {
  server = createServer()
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const service = Buffer.concat(chunks).subarray(7).toString()
      if (service === 'silent') return
      const answer = headers[':path'] === '/grpc.health.v1.Health/Check' ? answers[service] : undefined
      const { status, code } = answer ?? { code: '12' }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code, 'grpc-message': 'why' }))
      stream.end(status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, status]))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise<void>(resolve => void server.close(() => resolve())))

it.each([
  ['', undefined],
  ['down', 'service unhealthy (responded with "NOT_SERVING")'],
  ['odd', 'error: health rpc probe failed: code 5: why'],
  ['bare', 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)'],
  ['silent', 'timeout: health rpc did not complete within 0.2s'],
])('the service "%s" is found %s', async (service, message) => {
  // Listening on TCP, so the address is an object.
  const { port } = server.address() as AddressInfo
  const input = {
    container: { name: 'c', image: 'x' },
    address: '127.0.0.1',
    timeoutMs: service === 'silent' ? 200 : 5000,
    clock: new RealClock(),
  }
  const result = await checkGrpc({ port, service }, input)
  expect(result).toEqual(message === undefined ? { ok: true } : { ok: false, message })
})

it('nobody who listens is said', async () => {
  const input = {
    container: { name: 'c', image: 'x' },
    address: '127.0.0.1',
    timeoutMs: 5000,
    clock: new RealClock(),
  }
  expect(await checkGrpc({ port: 1 }, input)).toMatchObject({
    ok: false,
    message: expect.stringContaining('error: failed to connect service at "127.0.0.1:1"'),
  })
})
