import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Descriptor } from '../layout.ts'
import type { RegistryClient } from './registry-client.ts'
import { RegistryError } from './registry-error.ts'

/** How often a transfer that breaks off goes on from where it was. */
const MAX_RESUMES = 5

/** Fetches under way, by file: images share layers, and two writers of one file would mix their bytes. */
const underWay = new Map<string, Promise<void>>()

/** Gets a blob into a file, verified by its size and digest. What an earlier attempt got is not asked for again. */
export async function fetchBlob(client: RegistryClient, descriptor: Descriptor, file: string): Promise<void> {
  for (let other = underWay.get(file); other; other = underWay.get(file)) {
    // Where the other one fails, this one tries with its own credentials.
    await other.catch(() => {})
    if (existsSync(file)) return
  }
  const fetching = fetchInto(client, descriptor, file).finally(() => underWay.delete(file))
  underWay.set(file, fetching)
  await fetching
}

async function fetchInto(client: RegistryClient, descriptor: Descriptor, file: string): Promise<void> {
  const partial = `${file}.partial`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  for (let resumes = 0; ; resumes++) {
    const start = (await stat(partial).catch(() => undefined))?.size ?? 0
    try {
      await transfer(client, descriptor, { partial, start })
      await rename(partial, file)
      return
    } catch (error) {
      const isFinal = error instanceof RegistryError && error.status >= 400 && error.status < 500
      if (isFinal || error instanceof MismatchError || resumes >= MAX_RESUMES) throw error
    }
  }
}

/** The content is not what its descriptor says; nothing of it is kept. */
class MismatchError extends RegistryError {
  constructor(message: string) {
    super(message, 0)
  }
}

async function transfer(
  client: RegistryClient,
  { digest, size }: Descriptor,
  { partial, start }: { partial: string; start: number },
): Promise<void> {
  const refuse = async (why: string): Promise<never> => {
    await rm(partial, { force: true })
    throw new MismatchError(`blob ${digest}: ${why}`)
  }
  let hash = createHash('sha256')
  let at = start
  if (start > size) await refuse(`${start} bytes were got, ${size} expected`)
  if (start > 0) await addFile(hash, partial)
  if (start < size || size === 0) {
    const answer = await client.get(`blobs/${digest}`, start > 0 ? { Range: `bytes=${start}-` } : {})
    const isRest = answer.response.status === 206
    const handle = await open(partial, isRest ? 'a' : 'w', 0o600)
    try {
      if (!isRest) {
        hash = createHash('sha256')
        at = 0
      }
      for await (const chunk of answer.chunks()) {
        at += chunk.length
        if (at > size) break
        hash.update(chunk)
        await handle.appendFile(chunk)
      }
    } finally {
      await handle.close()
    }
  }
  if (at > size) await refuse(`more than the ${size} bytes of its descriptor`)
  if (at < size) throw new RegistryError(`blob ${digest}: ended after ${at} of ${size} bytes`, 0)
  const found = `sha256:${hash.digest('hex')}`
  if (found !== digest) await refuse(`the content has the digest ${found}`)
}

async function addFile(hash: Hash, file: string): Promise<void> {
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
}
