import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { type CertificateSigner, certificateSigner } from './certificate-signer.ts'
import { isUsable, type KeyPair, makeAuthority, makeLeaf, makeSigningKey } from './certificates.ts'

/** What the server shows, whom it lets in, and how it signs tokens. All texts are PEM but the token. */
export interface Credentials {
  authority: string
  server: KeyPair
  admin: KeyPair
  token: string
  signingKey: string
  /** Signs with the authority's key, which nobody else gets. */
  signer: CertificateSigner
}

const ADMIN_SUBJECT = [
  ['O', 'system:masters'],
  ['CN', 'drave-admin'],
] as const
const SERVER_SUBJECT = [['CN', 'drave-apiserver']] as const

/** Where credentials are kept: a directory (files have mode 0600), or nowhere. */
export interface CredentialStore {
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
}

export const inMemory: CredentialStore = { read: async () => undefined, write: async () => {} }

export function inDirectory(directory: string): CredentialStore {
  return {
    async read(name) {
      try {
        return await readFile(join(directory, name), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async write(name, text) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const path = join(directory, name)
      await writeFile(`${path}.new`, text, { mode: 0o600 })
      await rename(`${path}.new`, path)
    },
  }
}

/** Reads the credentials, and makes those that are missing, about to expire, or for other names. */
export async function loadCredentials(
  store: CredentialStore,
  clock: Clock,
  names: readonly string[],
): Promise<Credentials> {
  const authority = await pairOf(
    store,
    'ca',
    pair => isUsable(pair, clock),
    () => makeAuthority(clock),
  )
  const issuer = authority.certificate
  const [server, admin, token, signingKey] = await Promise.all([
    pairOf(
      store,
      'server',
      pair => isUsable(pair, clock, { names, issuer }),
      () => makeLeaf(authority, clock, { subject: SERVER_SUBJECT, names }),
    ),
    pairOf(
      store,
      'admin',
      pair => isUsable(pair, clock, { issuer }),
      () => makeLeaf(authority, clock, { subject: ADMIN_SUBJECT }),
    ),
    textOf(store, 'token', () => randomBytes(32).toString('base64url')),
    textOf(store, 'service-account.key', makeSigningKey),
  ])
  return {
    authority: issuer,
    server,
    admin,
    token,
    signingKey,
    signer: certificateSigner(authority, clock),
  }
}

async function pairOf(
  store: CredentialStore,
  name: string,
  isGood: (pair: KeyPair) => boolean,
  make: () => KeyPair,
): Promise<KeyPair> {
  const [certificate, key] = await Promise.all([store.read(`${name}.crt`), store.read(`${name}.key`)])
  if (certificate && key && isGood({ certificate, key })) return { certificate, key }
  const pair = make()
  // The key first: a certificate without its key would look whole.
  await store.write(`${name}.key`, pair.key)
  await store.write(`${name}.crt`, pair.certificate)
  return pair
}

async function textOf(store: CredentialStore, name: string, make: () => string): Promise<string> {
  const known = (await store.read(name))?.trim()
  if (known) return known
  const text = make()
  await store.write(name, text)
  return text.trim()
}
