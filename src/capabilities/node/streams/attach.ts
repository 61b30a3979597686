import type { RemoteCommand } from '../../../apiserver/http/connector.ts'
import type { RunningContainer } from '../container/pod-surroundings.ts'
import { writeSoon } from './write-soon.ts'

interface AttachOptions {
  stdin: boolean
  /** The container's input ends with that of the first client (core/v1 Container.stdinOnce). */
  stdinOnce: boolean
}

/** Shows what a container writes from now on, and passes input on to it. */
export const attachTo =
  ({ process, attachments }: RunningContainer, options: AttachOptions): RemoteCommand =>
  async (streams, signal) => {
    const { stdin } = streams
    const gone = new Promise<'gone'>(resolve => {
      signal.addEventListener('abort', () => resolve('gone'), { once: true })
      if (signal.aborted) resolve('gone')
    })
    let tooSlow = () => {}
    const dropped = new Promise<'dropped'>(resolve => {
      tooSlow = () => resolve('dropped')
    })
    using _ = attachments.add({
      write: (stream, chunk) => writeSoon(streams[stream], chunk),
      drop: () => tooSlow(),
    })
    streams.onResize(size => process.resize(size))
    const input = process.stdin
    if (options.stdin && stdin && input) {
      stdin.pipe(input, { end: false })
      if (options.stdinOnce) stdin.once('end', () => input.end())
    } else stdin?.resume()
    const outcome = await Promise.race([process.exited, gone, dropped])
    if (input) stdin?.unpipe(input)
    if (outcome === 'gone' && options.stdin && options.stdinOnce) input?.end()
    if (outcome === 'dropped') throw new Error('the output was not read in time')
    return 0
  }
