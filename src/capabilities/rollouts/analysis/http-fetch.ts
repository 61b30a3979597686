import type { Clock } from '../../../lib/clock.ts'

/** A measurement could not be taken; the message is shown in the run. */
export class MeasurementError extends Error {
  override name = 'MeasurementError'
}

const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface HttpReply {
  status: number
  body: string
}

/** One request with a deadline and a limited body. Throws MeasurementError with the URL's host and the cause. */
export async function fetchText(
  url: string,
  request: RequestInit,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<HttpReply> {
  const deadline = new AbortController()
  using _timer = clock.after(timeoutMs, () =>
    deadline.abort(new MeasurementError(`no answer from ${url} within ${timeoutMs / 1000} s`)),
  )
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.any([signal, deadline.signal]) })
    return { status: response.status, body: await readBody(response, url) }
  } catch (error) {
    if (error instanceof MeasurementError) throw error
    if (signal.aborted) throw signal.reason
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new MeasurementError(`cannot reach ${url}: ${cause}`, { cause: error })
  }
}

async function readBody(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    // Node's fetch yields bytes.
    const bytes = chunk as Uint8Array
    size += bytes.byteLength
    if (size > MAX_BODY_BYTES)
      throw new MeasurementError(`the answer of ${url} is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}
