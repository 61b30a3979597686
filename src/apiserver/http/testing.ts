import { generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto'
import * as der from './der.ts'

type KeyType = 'ec' | 'rsa' | 'ed25519'

const algorithms = {
  ec: { id: '1.2.840.10045.4.3.2', digest: 'sha256' },
  rsa: { id: '1.2.840.113549.1.1.11', digest: 'sha256' },
  ed25519: { id: '1.3.101.112', digest: null },
} as const
const tags = { email: 1, dns: 2, uri: 6, ip: 7 }

function keysOf(type: KeyType): KeyPairKeyObjectResult {
  if (type === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
}

export interface AskedFor {
  commonName?: string
  organizations?: readonly string[]
  /** Contents of GeneralNames; addresses are bytes. */
  alternatives?: readonly [keyof typeof tags, string | Buffer][]
  keyType?: KeyType
}

/** For tests: a PKCS #10 request in PEM, and its key. */
export function makeCertificateRequest(asked: AskedFor): { pem: string; key: string } {
  const { commonName, organizations = [], alternatives = [], keyType = 'ec' } = asked
  const { publicKey, privateKey } = keysOf(keyType)
  const name = (id: string, value: string) => der.set(der.sequence(der.identifier(id), der.utf8(value)))
  const names = alternatives.map(([type, value]) => der.implicit(tags[type], Buffer.from(value)))
  const extension = der.sequence(der.identifier('2.5.29.17'), der.octets(der.sequence(...names)))
  const attribute = der.sequence(der.identifier('1.2.840.113549.1.9.14'), der.set(der.sequence(extension)))
  const info = der.sequence(
    der.integer(Buffer.from([0])),
    der.sequence(
      ...organizations.map(value => name('2.5.4.10', value)),
      ...(commonName === undefined ? [] : [name('2.5.4.3', commonName)]),
    ),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(0, ...(names.length > 0 ? [attribute] : [])),
  )
  const { id, digest } = algorithms[keyType]
  const request = der.sequence(
    info,
    der.sequence(der.identifier(id)),
    der.bits(sign(digest, info, privateKey)),
  )
  return { pem: pemOf(request), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

const pemOf = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
