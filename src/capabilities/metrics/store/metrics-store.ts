import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STALE_HIGH, STALE_LOW } from '../../../languages/promql/float-words.ts'
import { Labels } from '../../../languages/promql/labels.ts'
import type { Logger } from '../../../kernel/log.ts'
import { Block, writeBlock } from './block.ts'
import { floatBits } from './float-bits.ts'
import { Head, type HeadSeries, type TakenSeries } from './head.ts'
import { HeadLog, replayLog } from './head-log.ts'
import { LabelIndex } from './label-index.ts'

/** Why samples or series did not get in. */
export type Refusal = 'out of order' | 'series limit' | 'slow disk'

export interface StoreOptions {
  /** Where it lasts; undefined keeps everything in memory. */
  folder: string | undefined
  /** How long samples are kept. */
  retentionMs: number
  /** How large the closed windows on disk may grow in all. */
  retentionBytes: number
  /** How many series may get samples at once. */
  maxSeries: number
  log: Logger
  onRefusal(reason: Refusal, count: number): void
}

/** A window ends after this time, or when it holds so much. */
const WINDOW_MS = 3_600_000
const MAX_WINDOW_BYTES = 64 << 20
/** So many windows wait in memory for a disk that does not take them. */
const MAX_CLOSED = 4
const RETRY_MS = 30_000
/** Adding up the size takes a look at every series. */
const MEASURE_MS = 10_000
const VERSION = 1

const fileName = (kind: 'log' | 'block', number: number): string =>
  `${String(number).padStart(8, '0')}.${kind}`

/** A window that has closed but is not on disk yet: read from memory. */
interface ClosedWindow {
  number: number
  series: readonly TakenSeries[]
  index: LabelIndex<TakenSeries>
  fromMs: number
  toMs: number
}

/**
 * Samples by series. New ones go to the head in memory and to a log; each window that closes becomes a block, from which
 * queries read. Flush and close windows by calling `tick` about once a second.
 */
export class MetricsStore implements AsyncDisposable {
  readonly #options: StoreOptions
  readonly #head = new Head()
  #log: HeadLog | undefined
  #number = 0
  #windowFromMs = Number.NaN
  #closed: ClosedWindow[] = []
  #blocks: Block[] = []
  readonly #interned = new Map<string, Labels>()
  #closing: Promise<void> | undefined
  #refused = 0

  /** Opens the folder and reads back what it holds. Throws when it was written by a newer version. */
  constructor(options: StoreOptions) {
    this.#options = options
    if (options.folder !== undefined) this.#open(options.folder)
  }

  get seriesCount(): number {
    return this.#head.size
  }
  get headBytes(): number {
    return this.#head.sizeBytes
  }
  get blockBytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.sizeBytes, 0)
  }
  get head(): Head {
    return this.#head
  }
  get blocks(): readonly Block[] {
    return this.#blocks
  }
  get closedWindows(): readonly ClosedWindow[] {
    return this.#closed
  }

  /** The series with these labels, made if need be; undefined when there are too many. */
  series(labels: Labels): HeadSeries | undefined {
    const found = this.#head.get(labels)
    if (found) return found
    if (this.#head.size >= this.#options.maxSeries) {
      this.#options.onRefusal('series limit', 1)
      return undefined
    }
    return this.#head.create(this.#intern(labels.pairs))
  }

  /** Begins samples of one instant; end with `commit`. */
  begin(timeMs: number): void {
    if (Number.isNaN(this.#windowFromMs)) this.#windowFromMs = timeMs
    this.#timeMs = timeMs
    this.#log?.begin(timeMs)
  }
  #timeMs = 0

  append(series: HeadSeries, value: number): void {
    floatBits.of(value)
    this.#append(series, floatBits.low, floatBits.high)
  }

  /** Says that the series has ended. */
  appendStale(series: HeadSeries): void {
    this.#append(series, STALE_LOW, STALE_HIGH)
  }

  commit(): void {
    this.#log?.end()
    if (this.#refused > 0) this.#options.onRefusal('out of order', this.#refused)
    this.#refused = 0
  }

  #append(series: HeadSeries, low: number, high: number): void {
    if (this.#timeMs <= series.frames.lastMs) {
      this.#refused++
      return
    }
    this.#log?.add(series, low, high)
    series.frames.append(this.#timeMs, low, high)
  }

  /** Writes the log, closes the window when it is due, and drops what is too old. */
  async tick(nowMs: number): Promise<void> {
    await this.#log?.flush()
    const due = this.#isDue(nowMs)
    if (!this.#closing && (due || this.#mustRetry(nowMs))) {
      this.#closing = this.#closeWindows(nowMs, due).finally(() => {
        this.#closing = undefined
      })
      await this.#closing
    }
    this.#dropOld(nowMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing?.catch(() => {})
    await this.#log?.close()
    for (const block of this.#blocks) block[Symbol.dispose]()
    this.#blocks = []
  }

  #isDue(nowMs: number): boolean {
    if (nowMs - this.#windowFromMs >= WINDOW_MS) return true
    if (Math.abs(nowMs - this.#measuredMs) < MEASURE_MS) return false
    this.#measuredMs = nowMs
    return this.#head.sizeBytes > MAX_WINDOW_BYTES
  }
  #measuredMs = Number.NEGATIVE_INFINITY

  #mustRetry(nowMs: number): boolean {
    return this.#options.folder !== undefined && this.#closed.length > 0 && nowMs >= this.#retryAtMs
  }
  #retryAtMs = Number.NEGATIVE_INFINITY

  /** Closes the window if it is due, and writes all that are closed. */
  async #closeWindows(nowMs: number, due: boolean): Promise<void> {
    const { folder } = this.#options
    this.#retryAtMs = nowMs + RETRY_MS
    if (due) {
      const window = closedWindow(this.#number, this.#head.takeAll())
      this.#windowFromMs = nowMs
      if (window.series.length > 0) this.#closed = [...this.#closed, window]
      if (folder === undefined || !this.#log) return
      const log = this.#log
      this.#number++
      this.#log = this.#newLog(folder, this.#number)
      await log.close()
      if (window.series.length === 0) rmSync(log.path, { force: true })
    }
    if (folder === undefined) return
    for (const window of this.#closed) await this.#persist(folder, window)
  }

  async #persist(folder: string, window: ClosedWindow): Promise<void> {
    const path = join(folder, fileName('block', window.number))
    try {
      await writeBlock(path, window.series)
    } catch (error) {
      if (this.#closed.length > MAX_CLOSED) {
        this.#closed = this.#closed.slice(1)
        this.#options.onRefusal('slow disk', 1)
      }
      throw error
    }
    this.#blocks = [...this.#blocks, new Block(path, pairs => this.#intern(pairs))]
    this.#closed = this.#closed.filter(other => other !== window)
    rmSync(join(folder, fileName('log', window.number)), { force: true })
  }

  #newLog(folder: string, number: number): HeadLog {
    return new HeadLog(join(folder, fileName('log', number)), number, () =>
      this.#options.onRefusal('slow disk', 1),
    )
  }

  #intern(pairs: readonly string[]): Labels {
    const labels = Labels.fromSorted(pairs)
    const found = this.#interned.get(labels.key)
    if (found) return found
    this.#interned.set(labels.key, labels)
    return labels
  }

  #dropOld(nowMs: number): void {
    const { retentionMs, retentionBytes } = this.#options
    let excess = this.blockBytes - retentionBytes
    const dropped = this.#blocks.filter(block => {
      const isOld = block.toMs < nowMs - retentionMs
      if (!isOld && excess <= 0) return false
      excess -= block.sizeBytes
      return true
    })
    const closed = this.#closed.filter(window => window.toMs >= nowMs - retentionMs)
    if (dropped.length === 0 && closed.length === this.#closed.length) return
    this.#closed = closed
    this.#blocks = this.#blocks.filter(block => !dropped.includes(block))
    for (const block of dropped) {
      block[Symbol.dispose]()
      rmSync(block.path, { force: true })
    }
    this.#forgetLabels()
  }

  /** Labels are shared between windows; those that none has any more can go. */
  #forgetLabels(): void {
    this.#interned.clear()
    for (const { index } of [this.#head, ...this.#closed, ...this.#blocks])
      for (const { labels } of index.all) this.#interned.set(labels.key, labels)
  }

  #open(folder: string): void {
    checkVersion(folder)
    const files = readdirSync(folder).sort()
    const numbers = (kind: string) =>
      files.filter(file => file.endsWith(`.${kind}`)).map(file => Number.parseInt(file, 10))
    for (const file of files) if (file.endsWith('.tmp')) rmSync(join(folder, file))
    for (const number of numbers('block')) this.#openBlock(folder, number)
    const blocks = new Set(numbers('block'))
    const logs = numbers('log').filter(number => {
      // The block was finished, but the process ended before it could remove the log.
      if (blocks.has(number)) rmSync(join(folder, fileName('log', number)), { force: true })
      return !blocks.has(number)
    })
    for (const [index, number] of logs.entries()) {
      this.#number = number
      this.#replay(folder, number)
      if (index === logs.length - 1) break
      // The next tick writes it as a block; until then queries find it in memory.
      this.#closed = [...this.#closed, closedWindow(number, this.#head.takeAll())]
    }
    if (logs.length === 0) this.#number = Math.max(0, ...blocks) + 1
    this.#log = this.#newLog(folder, this.#number)
    for (const { frames } of this.#head.index.all)
      this.#windowFromMs = Math.min(
        Number.isNaN(this.#windowFromMs) ? Infinity : this.#windowFromMs,
        frames.fromMs,
      )
  }

  #openBlock(folder: string, number: number): void {
    const path = join(folder, fileName('block', number))
    try {
      this.#blocks.push(new Block(path, pairs => this.#intern(pairs)))
    } catch (error) {
      this.#options.log.error({ error, path }, 'a block of metrics cannot be read and is left alone')
    }
  }

  #replay(folder: string, number: number): void {
    const path = join(folder, fileName('log', number))
    const { lostBytes } = replayLog(path, {
      define: (_, pairs) => {
        const labels = this.#intern(pairs)
        return this.#head.get(labels) ?? this.#head.create(labels)
      },
      sample: (series, timeMs, low, high) => {
        if (timeMs > series.frames.lastMs) series.frames.append(timeMs, low, high)
      },
    })
    if (lostBytes > 0) this.#options.log.warn({ path, lostBytes }, 'cut off the torn end of the metrics log')
  }
}

function closedWindow(number: number, series: readonly TakenSeries[]): ClosedWindow {
  const index = new LabelIndex<TakenSeries>()
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (const one of series) {
    index.add(one)
    fromMs = Math.min(fromMs, one.fromMs)
    toMs = Math.max(toMs, one.toMs)
  }
  return { number, series, index, fromMs, toMs }
}

/** Throws when a newer version wrote the folder. */
function checkVersion(folder: string): void {
  const path = join(folder, 'version')
  let found = String(VERSION)
  try {
    found = readFileSync(path, 'utf8').trim()
  } catch {
    writeFileSync(path, `${VERSION}\n`)
  }
  if (Number(found) !== VERSION)
    throw new Error(
      `${folder} holds metrics of format ${found}, and this version of Drave reads format ${VERSION}: run the version that wrote it, or remove the folder to begin with empty metrics`,
    )
}
