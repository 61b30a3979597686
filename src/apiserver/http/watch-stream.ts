import { randomInt } from 'node:crypto'
import { apiError, isExpired } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'
import { watch } from '../pipeline/watch.ts'
import type { WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { WatcherEvent } from '../store/watcher.ts'
import { type Form, PROTOBUF } from './accept.ts'
import { sharedLine } from './shared-line.ts'
import { asApiError } from './reply.ts'
import type { TableOptions } from './table.ts'
import { readSoon } from './unread.ts'
import { type WatchEncoding, watchEncoding } from './watch-encoding.ts'
import type { WatchSink } from './watch-sink.ts'

export interface WatchStream {
  core: Core
  resource: Resource
  request: WatchRequest
  sink: WatchSink
  form: Form
  table: TableOptions
  signal: AbortSignal
}

/** Answers a watch event by event, until the client goes, the time is over or the watch ends. */
export async function streamWatch(stream: WatchStream): Promise<void> {
  const { core, resource, request, form, sink, signal } = stream
  // Only built-in kinds have a protobuf form.
  if (form.media === 'application/yaml' || (form.media === PROTOBUF && resource.custom && !form.as))
    throw apiError(
      'NotAcceptable',
      `only the following media types are accepted: application/json;stream=watch`,
    )
  const encoding = watchEncoding(stream)
  let begun = false
  const begin = async () => {
    await sink.begin(encoding.contentType)
    begun = true
  }
  try {
    const batches = watch(core, resource, bounded(request), signal)
    await begin()
    for await (const events of batches)
      for (const part of partsOf(stream, events, encoding)) {
        if (!sink.write(part)) await readSoon(core, sink, 'watch_unread')
        if (sink.isGone) return
      }
  } catch (error) {
    const failure = asApiError(error, core.log)
    // Clients expect to hear inside the stream that there is nothing at their position, any more or yet.
    if (!begun && !isExpired(failure) && failure.reason !== 'Timeout') throw failure
    if (!begun) await begin()
    if (!sink.write(encoding.error(failure.status))) await readSoon(core, sink, 'watch_unread')
  } finally {
    if (begun) sink.end()
  }
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

function* partsOf(
  { form, resource, sink }: WatchStream,
  events: readonly WatcherEvent[],
  encoding: WatchEncoding,
): Generator<string | Buffer> {
  const [only, another] = events
  // What happens now is shown to all watches of a resource, most of which have the same form.
  if (only && !another && only.type !== 'BOOKMARK' && form.as === undefined && form.media !== PROTOBUF) {
    yield sharedLine(resource, only, event => String(encoding.event(event)))
    return
  }
  let text = ''
  for (const event of events) {
    const part = encoding.event(event)
    if (sink.isMessages || typeof part !== 'string') {
      yield part
      continue
    }
    text += part
    if (text.length < CHUNK_CHARACTERS) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
