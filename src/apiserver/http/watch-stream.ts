import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { apiError, isExpired } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'
import { bookmarkOf } from '../pipeline/response.ts'
import { watch } from '../pipeline/watch.ts'
import type { WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs, textAs } from '../resources/served.ts'
import type { WatcherEvent } from '../store/watcher.ts'
import type { Form } from './accept.ts'
import { partialOf } from './render.ts'
import { sharedLine } from './shared-line.ts'
import { asApiError, drained } from './reply.ts'
import { eventTable, type TableOptions } from './table.ts'

/** A client that leaves this long unread what it was sent is cut off. */
const UNREAD_TIMEOUT_MS = 60_000

export interface WatchStream {
  core: Core
  resource: Resource
  request: WatchRequest
  response: ServerResponse
  form: Form
  table: TableOptions
  signal: AbortSignal
}

/** Answers a watch with one JSON object a line, until the client goes, the time is over or the watch ends. */
export async function streamWatch(stream: WatchStream): Promise<void> {
  const { core, resource, request, response, signal } = stream
  if (stream.form.media !== 'application/json')
    throw apiError('NotAcceptable', 'watches are answered with application/json only')
  let begun = false
  const begin = () => {
    begun = true
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
  }
  try {
    const batches = watch(core, resource, bounded(request), signal)
    begin()
    const lineOf = lines(stream)
    for await (const events of batches)
      for (const chunk of chunksOf(stream, events, lineOf)) {
        if (!response.write(chunk)) await readSoon(stream)
        if (response.destroyed) return
      }
  } catch (error) {
    const failure = asApiError(error, core.log)
    // Clients expect to hear inside the stream that there is nothing at their position, any more or yet.
    if (!begun && !isExpired(failure) && failure.reason !== 'Timeout') throw failure
    if (!begun) begin()
    response.write(`{"type":"ERROR","object":${JSON.stringify(failure.status)}}\n`)
    await readSoon(stream)
  }
  response.end()
}

/** A watch that sets no end gets one between half an hour and an hour (--min-request-timeout), so that none stays for ever. */
function bounded(request: WatchRequest): WatchRequest {
  const { options } = request
  return options.timeoutSeconds
    ? request
    : { ...request, options: { ...options, timeoutSeconds: randomInt(1800, 3600) } }
}

/** Written at once: a large state must not be held once for every client that begins to watch. */
const CHUNK_CHARACTERS = 64 * 1024

function* chunksOf(
  { form, resource }: WatchStream,
  events: readonly WatcherEvent[],
  lineOf: (event: WatcherEvent) => string,
): Generator<string | Buffer> {
  const [only, another] = events
  // What happens now is shown to all watches of a resource, most of which have the same form.
  if (only && !another && only.type !== 'BOOKMARK' && form.as === undefined) {
    yield sharedLine(resource, only, lineOf)
    return
  }
  let text = ''
  for (const event of events) {
    text += lineOf(event)
    if (text.length < CHUNK_CHARACTERS) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

/** Waits until the client has read what it was sent, but not for ever. */
async function readSoon({ core, response }: WatchStream): Promise<void> {
  const limit = core.clock.after(UNREAD_TIMEOUT_MS, () => {
    core.hooks.limitHit?.('watch_unread')
    response.destroy()
  })
  await drained(response)
  limit[Symbol.dispose]()
}

function lines({ core, resource, form, table }: WatchStream): (event: WatcherEvent) => string {
  let first = true
  const contentOf = (event: WatcherEvent): string => {
    if (form.as === undefined)
      return event.type === 'BOOKMARK'
        ? JSON.stringify(bookmarkOf(resource, event))
        : textAs(resource, event.stored)
    const object = event.type === 'BOOKMARK' ? bookmarkOf(resource, event) : objectAs(resource, event.stored)
    if (form.as !== 'Table') return JSON.stringify(partialOf(object, form))
    const text = JSON.stringify(
      eventTable(resource, object, { ...table, now: core.clock.now(), form, withColumns: first }),
    )
    first = false
    return text
  }
  return event => `{"type":"${event.type}","object":${contentOf(event)}}\n`
}
