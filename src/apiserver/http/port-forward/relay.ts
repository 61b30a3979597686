import type { Duplex, Writable } from 'node:stream'

interface Forward {
  /** What the client sends and reads. */
  data: Duplex
  /** Where the client is told why it failed. */
  error: Writable
  port: number
  /** `namespace/name` of the pod, for messages. */
  pod: string
  connect(): Promise<Duplex>
}

/** Passes bytes between the client and a port of the pod, both ways, until both have ended. False when it failed. */
export async function relay({ data, error, port, pod, connect }: Forward): Promise<boolean> {
  let remote: Duplex
  try {
    remote = await connect()
  } catch (cause) {
    error.end(`error forwarding port ${port} to pod ${pod}: ${(cause as Error).message}`)
    return false
  }
  data.once('close', () => remote.destroy())
  if (data.destroyed) remote.destroy()
  data.pipe(remote).pipe(data)
  await new Promise<void>(resolve => remote.once('close', resolve))
  if (!data.writableEnded) data.end()
  error.end()
  return true
}
