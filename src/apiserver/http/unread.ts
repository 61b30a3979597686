import type { Core } from '../pipeline/core.ts'

/** A client that leaves this long unread what it was sent is cut off. */
const TIMEOUT_MS = 60_000

interface Client {
  /** Resolves when more can be written, or when nobody reads any more. */
  drained(): Promise<void>
  cut(): void
}

/** Waits until a client has read what it was sent, but not for ever: it may hold a seat, and always memory. */
export async function readSoon(
  { clock, hooks }: Pick<Core, 'clock' | 'hooks'>,
  client: Client,
  limit: 'watch_unread' | 'answer_unread',
): Promise<void> {
  using _timer = clock.after(TIMEOUT_MS, () => {
    hooks.limitHit?.(limit)
    client.cut()
  })
  await client.drained()
}
