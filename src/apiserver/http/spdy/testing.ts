import { Duplex } from 'node:stream'

/** For tests: two ends of a connection, what is written to one is read from the other. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  const waiting: ((() => void) | undefined)[] = []
  const release = (end: number) => {
    const done = waiting[end]
    waiting[end] = undefined
    done?.()
  }
  const make = (own: number, other: number) =>
    new Duplex({
      read() {
        release(own)
      },
      write(chunk: Buffer, _, done) {
        waiting[other] = done
        if (ends[other]?.push(chunk)) release(other)
      },
      final(done) {
        ends[other]?.push(null)
        done()
      },
    })
  const first = make(0, 1)
  const second = make(1, 0)
  ends.push(first, second)
  return [first, second]
}
