import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../../../kernel/log.ts'
import { Labels } from '../../../languages/promql/labels.ts'
import { matcher } from '../../../languages/promql/matcher.ts'
import { isStale } from '../../../languages/promql/stale.ts'
import { Block } from './block.ts'
import { MetricsStore, type StoreOptions } from './metrics-store.ts'
import { Querier } from './querier.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 1)
const warnings: string[] = []
const log: Logger = {
  debug() {},
  info() {},
  warn: (_, message) => void warnings.push(message),
  error: (_, message) => void warnings.push(message),
  child: () => log,
}
const refusals: [string, number][] = []
let folder: string

const open = (options: Partial<StoreOptions> = {}): MetricsStore =>
  new MetricsStore({
    folder,
    retentionMs: 24 * HOUR,
    retentionBytes: 1 << 30,
    maxSeries: 1000,
    log,
    onRefusal: (reason, count) => void refusals.push([reason, count]),
    ...options,
  })

const labelsOf = (i: number): Labels =>
  Labels.of({ __name__: 'requests_total', pod: `pod-${i % 50}`, code: i < 50 ? '200' : '500' })

function append(
  store: MetricsStore,
  timeMs: number,
  valueFor: (series: number) => number,
  count = 100,
): void {
  store.begin(timeMs)
  for (let i = 0; i < count; i++) {
    const series = store.series(labelsOf(i))
    if (series) store.append(series, valueFor(i))
  }
  store.commit()
}

function read(store: MetricsStore, pod: string, from = 0, to = Infinity): [number, number][] {
  const querier = new Querier(store, { maxSamples: 1e6, checkpoint() {} })
  const selected = querier.select([matcher('pod', '=', pod), matcher('code', '=~', '2..')], from, to)
  expect(selected.length).toBeLessThan(2)
  return [...(selected[0]?.times ?? [])].map((time, i): [number, number] => [
    time,
    selected[0]?.values[i] ?? 0,
  ])
}

async function writeOneBlock(): Promise<string> {
  const store = open()
  append(store, START, () => 1)
  await store.tick(START + 2 * HOUR)
  await store[Symbol.asyncDispose]()
  return join(folder, '00000001.block')
}

function changeByte(path: string, place: number): void {
  const bytes = readFileSync(path)
  const at = place < 0 ? bytes.length + place : place
  bytes[at] = (bytes[at] ?? 0) ^ 255
  writeFileSync(path, bytes)
}

describe('MetricsStore', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drave-metrics-'))
    warnings.length = 0
    refusals.length = 0
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('answers from the head, from blocks and across both', async () => {
    await using store = open()
    const expected: [number, number][] = []
    for (let minute = 0; minute < 150; minute++) {
      append(store, START + minute * 60_000, i => minute * 10 + i)
      await store.tick(START + minute * 60_000)
      expected.push([START + minute * 60_000, minute * 10 + 7])
    }
    expect(store.blocks).toHaveLength(2)
    expect(read(store, 'pod-7')).toEqual(expected)
    const [from, to] = [START + 50 * 60_000, START + 70 * 60_000]
    expect(read(store, 'pod-7', from, to)).toEqual(expected.slice(50, 71))
  })

  it('reads everything back after a restart, closed cleanly or not', async () => {
    const first = open()
    for (let second = 0; second < 100; second++) append(first, START + second * 1000, i => second * i)
    await first.tick(START + 100_000)
    // Not disposed: as after kill -9, only what was flushed is on disk.
    append(first, START + 100_000, () => 1)
    const second = open()
    expect(read(second, 'pod-3')).toHaveLength(100)
    append(second, START + 101_000, () => 5)
    await second[Symbol.asyncDispose]()
    await using third = open()
    expect(read(third, 'pod-3')).toHaveLength(101)
    expect(read(third, 'pod-3').at(-1)).toEqual([START + 101_000, 5])
    expect(warnings).toEqual([])
    // The first one still has its sample pending, which would come back to the log.
    await first[Symbol.asyncDispose]()
  })

  it.each<[string, (path: string) => void]>([
    ['half a record', path => appendFileSync(path, Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 9, 9]))],
    ['garbage', path => appendFileSync(path, Buffer.alloc(50, 7))],
    [
      'a changed byte in the last record',
      path => {
        const bytes = readFileSync(path)
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        writeFileSync(path, bytes)
      },
    ],
    ['a cut', path => truncateSync(path, readFileSync(path).length - 3)],
  ])('repairs a log that ends in %s', async (_, damage) => {
    const first = open()
    append(first, START, () => 1)
    await first.tick(START)
    append(first, START + 1000, () => 2)
    await first[Symbol.asyncDispose]()
    damage(join(folder, '00000001.log'))
    const second = open()
    expect(read(second, 'pod-3')[0]).toEqual([START, 1])
    expect(warnings).toEqual(['cut off the torn end of the metrics log'])
    append(second, START + 2000, () => 3)
    await second[Symbol.asyncDispose]()
    await using third = open()
    expect(read(third, 'pod-3').at(-1)).toEqual([START + 2000, 3])
  })

  it('leaves a damaged block alone and says so', async () => {
    changeByte(await writeOneBlock(), -30)
    await using second = open()
    expect(read(second, 'pod-3')).toEqual([])
    expect(warnings).toEqual(['a block of metrics cannot be read and is left alone'])
    expect(readdirSync(folder)).toContain('00000001.block')
  })

  it.each<[string, number, RegExp]>([
    ['its index', -25, /does not match its checksum/],
    ['its footer', -1, /is no block of metrics/],
  ])('does not open a block with a changed byte in %s', async (_, place, reason) => {
    const path = await writeOneBlock()
    changeByte(path, place)
    expect(() => new Block(path, Labels.fromSorted)).toThrow(reason)
  })

  it('refuses to answer from samples that do not match their checksum', async () => {
    const path = await writeOneBlock()
    changeByte(path, 20)
    await using store = open()
    expect(() => read(store, 'pod-0')).toThrow(/is damaged at byte 8: the checksum does not match/)
  })

  it('writes as blocks the windows that a crash left as logs', async () => {
    const first = open()
    append(first, START, () => 1)
    await first[Symbol.asyncDispose]()
    writeFileSync(join(folder, '00000002.log'), readFileSync(join(folder, '00000001.log')))
    await using second = open()
    expect(second.closedWindows).toHaveLength(1)
    await second.tick(START + 1000)
    expect(second.closedWindows).toHaveLength(0)
    expect(readdirSync(folder).filter(file => !file.startsWith('version'))).toEqual([
      '00000001.block',
      '00000002.log',
    ])
  })

  it('drops blocks that are too old, and the oldest when there are too many bytes', async () => {
    await using store = open({ retentionMs: 3 * HOUR })
    for (let hour = 0; hour < 6; hour++) {
      append(store, START + hour * HOUR, i => hour + i)
      await store.tick(START + hour * HOUR)
    }
    expect(read(store, 'pod-1').map(([time]) => (time - START) / HOUR)).toEqual([2, 3, 4, 5])
    await using small = open({ retentionBytes: 1 })
    await small.tick(START + 6 * HOUR)
    expect(small.blocks).toHaveLength(0)
  })

  it('refuses series past the limit and samples that go back in time', async () => {
    await using store = open({ maxSeries: 60 })
    append(store, START, () => 1)
    expect(refusals).toHaveLength(40)
    expect(refusals[0]).toEqual(['series limit', 1])
    refusals.length = 0
    append(store, START - 1000, () => 1, 50)
    expect(refusals).toEqual([['out of order', 50]])
    expect(read(store, 'pod-1')).toEqual([[START, 1]])
  })

  it('keeps staleness markers through the log and blocks', async () => {
    const first = open()
    append(first, START, () => 1)
    first.begin(START + 1000)
    const series = first.series(labelsOf(1))
    if (series) first.appendStale(series)
    first.commit()
    await first[Symbol.asyncDispose]()
    await using second = open()
    await second.tick(START + 2 * HOUR)
    const querier = new Querier(second, { maxSamples: 10, checkpoint() {} })
    const [selected] = querier.select(
      [matcher('pod', '=', 'pod-1'), matcher('code', '=', '200')],
      0,
      Infinity,
    )
    expect([...(selected?.times ?? [])].map((_, i) => selected && isStale(selected.values, i))).toEqual([
      false,
      true,
    ])
  })

  it('forgets a series that got no samples in a window', async () => {
    await using store = open()
    const series = store.series(labelsOf(1))
    await store.tick(START)
    store.begin(START)
    store.commit()
    await store.tick(START + 2 * HOUR)
    expect(series?.isGone).toBe(true)
    expect(store.seriesCount).toBe(0)
  })

  it('refuses a folder of another format', () => {
    writeFileSync(join(folder, 'version'), '9\n')
    expect(() => open()).toThrow(/metrics of format 9/)
  })

  it('refuses to read more samples than the limit, before reading them', async () => {
    await using store = open({ folder: undefined })
    for (let i = 0; i < 20; i++) append(store, START + i * 1000, () => i)
    const querier = new Querier(store, { maxSamples: 100, checkpoint() {} })
    expect(() => querier.select([matcher('code', '=', '200')], 0, Infinity)).toThrow(/too many samples/)
  })

  it.each<[string, Parameters<typeof matcher>[], number]>([
    ['equal', [['pod', '=', 'pod-1']], 2],
    ['not equal', [['pod', '!=', 'pod-1']], 98],
    ['a list', [['pod', '=~', 'pod-1|pod-2|none']], 4],
    ['a pattern', [['pod', '=~', 'pod-1.']], 20],
    [
      'absent',
      [
        ['other', '=', ''],
        ['code', '=', '500'],
      ],
      50,
    ],
    ['absent or a value', [['code', '=~', '|500']], 50],
    ['not a pattern', [['pod', '!~', 'pod-.*']], 0],
  ])('finds series by matchers: %s', async (_, matchers, count) => {
    await using store = open({ folder: undefined })
    append(store, START, () => 1)
    const querier = new Querier(store, { maxSamples: 1000, checkpoint() {} })
    const conditions = matchers.map(args => matcher(...args))
    expect(querier.select(conditions, 0, Infinity)).toHaveLength(count)
    expect(querier.series([conditions], 0, Infinity)).toHaveLength(count)
  })
})
