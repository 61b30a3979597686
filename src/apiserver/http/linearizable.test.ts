import { Agent, request as httpsRequest } from 'node:https'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { createApiServer } from '../api-server.ts'
import type { Listener } from './listen.ts'

/** What one client saw of one register: times are of its own clock, before sending and after the answer. */
type Operation = { start: number; end: number } & (
  | { kind: 'read'; version: string }
  | { kind: 'swap'; from: string; to: string }
  /** Refused, because the register was not at `from`. */
  | { kind: 'refused'; from: string }
)

/**
 * Wing and Gong's question for a register whose every version is written once, by compare-and-swap: then there is one
 * order of the versions at most, and the history is linearizable if no operation that ended before another began saw
 * a later version. Yields what contradicts that.
 */
function contradictions(first: string, operations: readonly Operation[]): string[] {
  const next = new Map<string, Operation & { kind: 'swap' }>()
  const found: string[] = []
  for (const operation of operations)
    if (operation.kind === 'swap') {
      if (next.has(operation.from)) found.push(`version ${operation.from} was swapped twice`)
      next.set(operation.from, operation)
    }
  const place = new Map([[first, 0]])
  for (let swap = next.get(first); swap && !place.has(swap.to); swap = next.get(swap.to))
    place.set(swap.to, place.size)
  const placeOf = (operation: Operation): number => {
    if (operation.kind === 'refused') {
      const successor = next.get(operation.from)
      if (!successor || successor.start > operation.end)
        found.push(`version ${operation.from} was refused while it was the newest`)
      return 0
    }
    const version = operation.kind === 'read' ? operation.version : operation.to
    const known = place.get(version)
    if (known === undefined) found.push(`version ${version} comes from nowhere`)
    return known ?? 0
  }
  const placed = operations
    .map(operation => ({ ...operation, at: placeOf(operation) }))
    .filter(({ kind }) => kind !== 'refused')
  const byEnd = [...placed].sort((a, b) => a.end - b.end)
  let newest = 0
  let ended = 0
  for (const operation of placed.sort((a, b) => a.start - b.start)) {
    for (let one = byEnd[ended]; one && one.end < operation.start; one = byEnd[++ended])
      newest = Math.max(newest, one.at)
    if (operation.at < newest) found.push(`version ${operation.at} was seen after version ${newest}`)
  }
  return found
}

const read = (start: number, end: number, version: string): Operation => ({
  kind: 'read',
  start,
  end,
  version,
})
const swap = (start: number, end: number, from: string, to: string): Operation => ({
  kind: 'swap',
  start,
  end,
  from,
  to,
})

describe('the checker', () => {
  it.each<[string, Operation[], RegExp | undefined]>([
    ['a good history', [swap(0, 2, 'a', 'b'), read(1, 3, 'a'), read(3, 4, 'b')], undefined],
    ['a stale read', [swap(0, 2, 'a', 'b'), read(3, 4, 'a')], /version 0 was seen after version 1/],
    ['a lost update', [swap(0, 2, 'a', 'b'), swap(1, 3, 'a', 'c')], /swapped twice/],
    ['a version of nobody', [read(0, 1, 'x')], /from nowhere/],
    [
      'a refusal without reason',
      [{ kind: 'refused', start: 0, end: 1, from: 'a' }],
      /while it was the newest/,
    ],
  ])('finds %s', (_, history, problem) => {
    const found = contradictions('a', history)
    if (problem) expect(found.join()).toMatch(problem)
    else expect(found).toEqual([])
  })
})

const path = '/api/v1/namespaces/default/configmaps'
const CLIENTS = 6
const SWAPS = 10

function client(listener: Listener) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { authority: ca, token } = listener.credentials
  const call = (method: string, to: string, body?: object) =>
    new Promise<{ code: number; object: { metadata: { resourceVersion: string } } }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const outgoing = httpsRequest(listener.url + to, { method, agent, ca, headers }, async response => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ code: response.statusCode ?? 0, object: JSON.parse(text) })
      })
      outgoing.on('error', reject)
      outgoing.end(body && JSON.stringify(body))
    })
  return { call, close: () => agent.destroy() }
}

it('concurrent compare-and-swap over HTTP, on disk, is linearizable', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drave-linear-'))
  const api = await createApiServer({
    clock: new RealClock(),
    log: { info() {}, warn() {}, error() {} },
    storage: { directory },
    tls: { storage: 'memory' },
  })
  try {
    const listener = await api.listen({ host: '127.0.0.1', port: 0, connectors: {} })
    const metadata = { name: 'register' }
    const maker = client(listener)
    const made = await maker.call('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
    maker.close()
    const operations: Operation[] = []
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const { call, close } = client(listener)
        for (let swapped = 0; swapped < SWAPS; ) {
          const asked = performance.now()
          const { object } = await call('GET', `${path}/register`)
          const from = object.metadata.resourceVersion
          operations.push(read(asked, performance.now(), from))
          const start = performance.now()
          const answer = await call('PUT', `${path}/register`, {
            ...object,
            data: { by: `${index}-${swapped}` },
          })
          const end = performance.now()
          if (answer.code === 200) {
            operations.push(swap(start, end, from, answer.object.metadata.resourceVersion))
            swapped++
          } else {
            expect(answer.code).toBe(409)
            operations.push({ kind: 'refused', start, end, from })
          }
        }
        close()
      }),
    )
    expect(operations.filter(({ kind }) => kind === 'swap')).toHaveLength(CLIENTS * SWAPS)
    expect(operations.some(({ kind }) => kind === 'refused')).toBe(true)
    expect(contradictions(made.object.metadata.resourceVersion, operations)).toEqual([])
  } finally {
    await api[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  }
})
