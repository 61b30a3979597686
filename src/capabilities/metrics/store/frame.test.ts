import { describe, expect, it } from 'vitest'
import { floatBits } from './float-bits.ts'
import { countSamples, FrameWriter, newDecoded, readSamples } from './frame.ts'

type Point = [time: number, value: number]

function write(points: readonly Point[]): FrameWriter {
  const writer = new FrameWriter()
  for (const [time, value] of points) {
    floatBits.of(value)
    writer.append(time, floatBits.low, floatBits.high)
  }
  return writer
}

function read(writer: FrameWriter, from = -Infinity, to = Infinity): Point[] {
  const bytes = writer.bytes()
  const decoded = newDecoded(countSamples(bytes, from, to))
  readSamples(bytes, from, to, decoded)
  return Array.from(
    { length: decoded.count },
    (_, i): Point => [decoded.times[i] ?? 0, decoded.values[i] ?? 0],
  )
}

const every = (count: number, value: (index: number) => number, step = 1000): Point[] =>
  Array.from({ length: count }, (_, i): Point => [1_700_000_000_000 + i * step, value(i)])

/** A repeatable sequence in [0, 1). */
function noise(index: number): number {
  const x = Math.sin(index * 12.9898) * 43758.5453
  return x - Math.floor(x)
}

describe('frames', () => {
  it.each<[string, Point[]]>([
    ['one sample', every(1, () => 42)],
    ['a constant', every(1000, () => 7)],
    ['a counter', every(1000, i => i * 3)],
    ['a counter that resets', every(500, i => (i % 100) * 5)],
    ['floats', every(1000, noise)],
    ['a random walk of quarters', every(500, i => Math.round(noise(i) * 100) / 4)],
    ['mixed runs and changes', every(700, i => (i % 7 < 4 ? 1 : i))],
    [
      'uneven times',
      every(400, i => i).map(([time, value], i): Point => [time + Math.floor(noise(i) * 400), value]),
    ],
    [
      'gaps of days',
      [
        [0, 1],
        [1000, 2],
        [9e9, 3],
        [9e9 + 1000, 4],
        [9e9 + 2000, 5],
      ],
    ],
    [
      'extremes',
      every(9, i => [0, -0, Infinity, -Infinity, 2 ** 53, 5e-324, Number.MAX_VALUE, -1.5, 1e21][i] ?? 0),
    ],
    ['negative times', every(300, i => -i).map(([time, value]): Point => [time - 3_400_000_000_000, value])],
  ])('gives back %s', (_, points) => {
    expect(read(write(points))).toEqual(points)
  })

  it('keeps the bits of a NaN', () => {
    const writer = write([[1, 5]])
    writer.append(2, 2, 0x7ff00000)
    const decoded = newDecoded(2)
    readSamples(writer.bytes(), 0, 9, decoded)
    expect([...decoded.words.slice(2)].sort()).toEqual([2, 0x7ff00000])
  })

  it('reads only what was asked for', () => {
    const points = every(600, i => i * i)
    const [from, to] = [points[250]?.[0] ?? 0, points[380]?.[0] ?? 0]
    expect(read(write(points), from, to)).toEqual(points.slice(250, 381))
    expect(countSamples(write(points).bytes(), from, to)).toBe(240)
  })

  it('stays small for what monitoring mostly holds', () => {
    const bytesOf = (points: Point[]) => write(points).bytes().length / points.length
    expect(bytesOf(every(1200, () => 7))).toBeLessThan(0.4)
    expect(bytesOf(every(1200, i => i * 3))).toBeLessThan(2.5)
  })

  it('goes on after its frames were taken', () => {
    const points = every(300, i => i)
    const writer = write(points)
    expect(writer.take().length).toBeGreaterThan(0)
    expect(writer.isEmpty).toBe(true)
    const next: Point = [points.at(-1)![0] + 1000, 5]
    floatBits.of(next[1])
    writer.append(next[0], floatBits.low, floatBits.high)
    expect(read(writer)).toEqual([next])
  })
})
