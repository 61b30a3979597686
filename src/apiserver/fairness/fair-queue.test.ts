import { beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { FairQueue, type Leave } from './fair-queue.ts'

let clock: VirtualClock
const { signal } = new AbortController()
let refused: string[]
let queue: FairQueue
let served: string[]
beforeEach(() => {
  clock = new VirtualClock()
  refused = []
  served = []
  queue = new FairQueue({
    clock,
    limits: { seats: 2, maxWaitingOfFlow: 3, maxWaiting: 4 },
    onRefused: reason => void refused.push(reason),
  })
})

/** Takes a seat and notes when it has it. */
async function ask(flow: string, until: AbortSignal = signal): Promise<Leave> {
  const leave = await queue.enter(flow, until)
  served.push(flow)
  return leave
}

it('gives seats at once while there are some', () => {
  expect(queue.enter('a', signal)).toBeTypeOf('function')
  expect(queue.enter('a', signal)).toBeTypeOf('function')
  expect(queue.enter('a', signal)).toBeInstanceOf(Promise)
})

it('serves flows in turn, however much one of them sends', async () => {
  const seats = await Promise.all([ask('noisy'), ask('noisy')])
  const waiting = ['noisy', 'noisy', 'noisy', 'quiet'].map(flow => ask(flow))
  served.length = 0
  seats[0]()
  await waiting[0]
  seats[1]()
  await waiting[3]
  expect(served).toEqual(['noisy', 'quiet'])
  ;(await waiting[3])?.()
  await waiting[1]
  expect(served).toEqual(['noisy', 'quiet', 'noisy'])
})

it('refuses what a flow sends beyond its queue, not others', async () => {
  await Promise.all([ask('noisy'), ask('noisy')])
  for (let count = 0; count < 3; count++) ask('noisy')
  expect(() => queue.enter('noisy', signal)).toThrow('Too many requests, please try again later.')
  expect(queue.enter('quiet', signal)).toBeInstanceOf(Promise)
  expect(() => queue.enter('third', signal)).toThrow('Too many requests')
  expect(refused).toEqual(['queue_full', 'queue_full'])
})

it('gives up who waits too long, and forgets who went away', async () => {
  const [first] = await Promise.all([ask('a'), ask('a')])
  const client = new AbortController()
  const gone = ask('b', client.signal)
  client.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  const late = ask('c')
  late.catch(() => {})
  await clock.advance(15_000)
  await expect(late).rejects.toMatchObject({ code: 429, status: { details: { retryAfterSeconds: 1 } } })
  expect(refused).toEqual(['time_out'])
  first()
  expect(queue.enter('d', signal)).toBeTypeOf('function')
})

it('counts a seat once, even where its end is told twice', async () => {
  const [first] = await Promise.all([ask('a'), ask('a')])
  first()
  first()
  expect(queue.enter('a', signal)).toBeTypeOf('function')
  expect(queue.enter('a', signal)).toBeInstanceOf(Promise)
})
