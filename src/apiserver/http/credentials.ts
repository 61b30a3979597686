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
  /** By whose certificates extension servers know that a request comes from this server, and what it shows them. */
  frontProxy: { authority: string; client: KeyPair }
}

const ADMIN_SUBJECT = [
  ['O', 'system:masters'],
  ['CN', 'drave-admin'],
] as const
const SERVER_SUBJECT = [['CN', 'drave-apiserver']] as const
/** The name that extension servers are told to take identities from; kubeadm calls it so too. */
export const FRONT_PROXY_NAME = 'front-proxy-client'
const FRONT_PROXY_SUBJECT = [['CN', FRONT_PROXY_NAME]] as const

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
  const [server, admin, frontProxy, token, signingKey] = await Promise.all([
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
    loadFrontProxy(store, clock),
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
    frontProxy,
  }
}

/** Apart from the other authority: whoever it signs for may say that anybody is asking. */
async function loadFrontProxy(store: CredentialStore, clock: Clock): Promise<Credentials['frontProxy']> {
  const authority = await pairOf(
    store,
    'front-proxy-ca',
    pair => isUsable(pair, clock),
    () => makeAuthority(clock, 'front-proxy-ca'),
  )
  const issuer = authority.certificate
  const client = await pairOf(
    store,
    'front-proxy-client',
    pair => isUsable(pair, clock, { issuer }),
    () => makeLeaf(authority, clock, { subject: FRONT_PROXY_SUBJECT }),
  )
  return { authority: issuer, client }
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
