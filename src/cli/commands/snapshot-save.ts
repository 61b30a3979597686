import { open, rename, rm } from 'node:fs/promises'
import { SNAPSHOT_PATH } from '../../apiserver/http/snapshot.ts'
import { inspectSnapshot } from '../../apiserver/store/snapshot-file.ts'
import { CliError, type Command, USAGE_EXIT } from '../../kernel/command.ts'
import { RealClock } from '../../kernel/clock.ts'
import { printValue } from '../print-value.ts'

const PROGRESS_MS = 1000

export const snapshotSave: Command = {
  path: ['snapshot', 'save'],
  summary: 'Write all objects of the running stack, as of one revision, to a file',
  usage: 'FILE',
  examples: ['drave snapshot save monday.snapshot', 'drave snapshot save monday.snapshot -o json'],
  async run(context) {
    const [file] = context.args
    if (file === undefined)
      throw new CliError('snapshot save needs the name of a FILE', { exitCode: USAGE_EXIT })
    // Under its name there is only a snapshot that was found whole.
    const temporary = `${file}.new`
    try {
      await download(await context.stream(SNAPSHOT_PATH), temporary, text => context.note(text))
      const found = await inspectSnapshot(temporary)
      await rename(temporary, file)
      if (context.output !== 'text') await printValue(context, { file, ...found })
      else
        context.print(`${file}: ${found.objects} objects at revision ${found.revision}, ${found.bytes} bytes`)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  },
}

async function download(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  note: (text: string) => void,
): Promise<void> {
  // It holds every Secret.
  const handle = await open(path, 'w', 0o600)
  let bytes = 0
  const progress = new RealClock().every(PROGRESS_MS, () => note(`${bytes} bytes`))
  try {
    for await (const chunk of stream) {
      await handle.writeFile(chunk)
      bytes += chunk.length
    }
    await handle.sync()
  } finally {
    progress[Symbol.dispose]()
    await handle.close()
  }
}
