import type { Status } from '../../kube/generated/meta-v1.ts'
import { encodeProtobuf } from '../../kube/protobuf/encode.ts'
import { BYTES } from '../../kube/protobuf/reader.ts'
import { Writer } from '../../kube/protobuf/writer.ts'
import { bookmarkOf } from '../pipeline/response.ts'
import { objectAs, textAs } from '../resources/served.ts'
import type { WatcherEvent } from '../store/watcher.ts'
import { PROTOBUF } from './accept.ts'
import { partialOf } from './render.ts'
import { eventTable } from './table.ts'
import type { WatchStream } from './watch-stream.ts'

/** The form of events on the wire. */
export interface WatchEncoding {
  contentType: string
  event(event: WatcherEvent): string | Buffer
  error(status: Status): string | Buffer
}

export const watchEncoding = (stream: WatchStream): WatchEncoding =>
  stream.form.media === PROTOBUF ? protobufFrames(stream) : jsonLines(stream)

/** One JSON object a line. */
function jsonLines({ core, resource, form, table }: WatchStream): WatchEncoding {
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
  return {
    contentType: 'application/json',
    event: event => `{"type":"${event.type}","object":${contentOf(event)}}\n`,
    error: status => `{"type":"ERROR","object":${JSON.stringify(status)}}\n`,
  }
}

/** meta/v1 WatchEvents without an envelope, each after its length in four bytes; the objects in them have theirs. */
function protobufFrames({ resource, form }: WatchStream): WatchEncoding {
  const shown = (event: WatcherEvent) => {
    const object = event.type === 'BOOKMARK' ? bookmarkOf(resource, event) : objectAs(resource, event.stored)
    return form.as === undefined ? object : partialOf(object, form)
  }
  return {
    contentType: `${PROTOBUF};stream=watch`,
    event: event => frame(event.type, encodeProtobuf(shown(event))),
    error: status => frame('ERROR', encodeProtobuf(status)),
  }
}

function frame(type: string, object: Buffer): Buffer {
  const writer = new Writer()
  // Backwards: WatchEvent.object (2) is a RawExtension, whose raw (1) is the object; then WatchEvent.type (1).
  writer.raw(object)
  writer.uint(object.length)
  writer.tag(1, BYTES)
  writer.uint(writer.length)
  writer.tag(2, BYTES)
  writer.text(type)
  writer.tag(1, BYTES)
  const message = writer.finish()
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  return Buffer.concat([length, message])
}
