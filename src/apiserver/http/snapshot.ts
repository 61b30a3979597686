import type { ServerResponse } from 'node:http'
import type { Core } from '../pipeline/core.ts'
import { snapshotChunks } from '../store/snapshot-file.ts'
import { writeChunks } from './reply.ts'

/** Not a resource: whoever reads it reads everything, so only who may GET every path gets it. */
export const SNAPSHOT_PATH = '/drave/snapshot'

/** Answers with all objects as of one revision, in the format of the store's own snapshots. */
export async function sendSnapshot(core: Core, response: ServerResponse): Promise<void> {
  await core.store.catchUp()
  const { revision, records } = core.store.state()
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="drave-${revision}.snapshot"`,
  })
  await writeChunks({ core, response }, snapshotChunks(revision, records))
}
