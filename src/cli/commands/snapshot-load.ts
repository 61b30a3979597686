import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { snapshotPath, syncDirectory } from '../../apiserver/store/log-directory.ts'
import { inspectSnapshot } from '../../apiserver/store/snapshot-file.ts'
import { CliError, type Command, USAGE_EXIT } from '../../kernel/command.ts'
import { FileDataDirectory } from '../../kernel/file-data-directory.ts'
import { printValue } from '../print-value.ts'

export const snapshotLoad: Command = {
  path: ['snapshot', 'load'],
  meansThisFolder: true,
  summary: 'Make the objects of a snapshot those of a stopped stack',
  usage: 'FILE',
  flags: { force: { summary: 'Also where the data directory holds objects, which are lost' } },
  examples: [
    'drave snapshot load monday.snapshot',
    'drave snapshot load monday.snapshot --data-dir /srv/drave --force',
  ],
  async run(context) {
    const [file] = context.args
    if (file === undefined)
      throw new CliError('snapshot load needs the name of a FILE', { exitCode: USAGE_EXIT })
    if (!existsSync(file)) throw new CliError(`${file}: no such file`)
    // Read through before anything is replaced.
    const found = await inspectSnapshot(file)
    // Refuses while a stack runs there.
    using directory = FileDataDirectory.open(context.dataDir)
    const state = join(directory.path, 'state')
    const kept = existsSync(state) ? await readdir(state) : []
    if (kept.length > 0 && !context.isSet('force'))
      throw new CliError(`${state} holds objects already`, {
        hint: 'choose an empty --data-dir, or give them up with --force',
      })
    await replaceState(state, file, found.revision)
    if (context.output !== 'text') await printValue(context, { dataDir: directory.path, ...found })
    else
      context.print(
        `${directory.path}: ${found.objects} objects at revision ${found.revision}; start it with \`drave up\``,
      )
  },
}

/** The new state is whole on disk before it takes the place of the old one. */
async function replaceState(state: string, file: string, revision: number): Promise<void> {
  const [fresh, old] = [`${state}.new`, `${state}.old`]
  for (const left of [fresh, old]) await rm(left, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  const copy = snapshotPath(fresh, revision)
  await copyFile(file, copy)
  const handle = await open(copy, 'r+')
  try {
    await handle.chmod(0o600)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncDirectory(fresh)
  if (existsSync(state)) await rename(state, old)
  await rename(fresh, state)
  await rm(old, { recursive: true, force: true })
}
