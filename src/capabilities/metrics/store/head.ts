import type { Labels } from '../../../languages/promql/labels.ts'
import { FrameWriter } from './frame.ts'
import { LabelIndex } from './label-index.ts'

/** One series that gets samples. */
export class HeadSeries {
  readonly ref: number
  readonly labels: Labels
  readonly frames = new FrameWriter()
  /** The number of the log that knows `ref`, or -1. */
  loggedIn = -1
  /** It had no samples in the last window and must be asked for again. */
  isGone = false

  constructor(ref: number, labels: Labels) {
    this.ref = ref
    this.labels = labels
  }
}

/** The series of the current window, in memory. */
export class Head {
  readonly index = new LabelIndex<HeadSeries>()
  readonly #byKey = new Map<string, HeadSeries>()
  #nextRef = 1

  get size(): number {
    return this.#byKey.size
  }

  get(labels: Labels): HeadSeries | undefined {
    return this.#byKey.get(labels.key)
  }

  create(labels: Labels): HeadSeries {
    const series = new HeadSeries(this.#nextRef++, labels)
    this.#byKey.set(labels.key, series)
    this.index.add(series)
    return series
  }

  /** Takes all samples out; series that had none are forgotten. */
  takeAll(): TakenSeries[] {
    const taken: TakenSeries[] = []
    for (const series of [...this.#byKey.values()]) {
      if (series.frames.isEmpty) {
        this.#byKey.delete(series.labels.key)
        this.index.delete(series)
        series.isGone = true
        continue
      }
      const fromMs = series.frames.fromMs
      taken.push({ labels: series.labels, fromMs, toMs: series.frames.lastMs, bytes: series.frames.take() })
    }
    return taken
  }

  get sizeBytes(): number {
    let bytes = 0
    for (const { frames } of this.#byKey.values()) bytes += frames.sizeBytes
    return bytes
  }
}

/** One series of a window that has closed. */
export interface TakenSeries {
  labels: Labels
  fromMs: number
  toMs: number
  bytes: Uint8Array
}
