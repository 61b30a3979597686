import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { derElement, derElements } from '../../kube/certificates/der-element.ts'
import type { Clock } from '../../lib/clock.ts'
import * as der from './der.ts'

export interface KeyPair {
  /** PEM. */
  certificate: string
  key: string
}

const DAY_MS = 24 * 3600 * 1000
const AUTHORITY_DAYS = 3650
const LEAF_DAYS = 365
/** A certificate that ends sooner than this is replaced at the next start. */
const RENEW_DAYS = 30

/** Whether a certificate still serves: it has time left, covers the names and was issued by the authority. */
export function isUsable(
  pair: KeyPair,
  clock: Clock,
  check: { names?: readonly string[]; issuer?: string } = {},
): boolean {
  const { names = [], issuer } = check
  try {
    const certificate = new X509Certificate(pair.certificate)
    if (Date.parse(certificate.validTo) - clock.now() < RENEW_DAYS * DAY_MS) return false
    if (Date.parse(certificate.validFrom) > clock.now()) return false
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return false
    if (issuer !== undefined && !certificate.verify(new X509Certificate(issuer).publicKey)) return false
    return names.every(name => (isAddress(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
  } catch {
    return false
  }
}

const isAddress = (name: string) => isIPv4(name) || isIPv6(name)

/** X.500 names, as attribute and value. */
type Name = readonly (readonly ['CN' | 'O', string])[]
const attributes = { CN: '2.5.4.3', O: '2.5.4.10' }
const ECDSA_SHA256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'))
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** Bits of KeyUsage, RFC 5280 4.2.1.3, with the unused ones at the end. */
const SIGNS_CERTIFICATES = der.bits(Buffer.from([0b0000_0110]), 1)
const SIGNS = der.bits(Buffer.from([0b1000_0000]), 7)

/**
 * A new certificate authority. It is called what kube-apiserver calls the one that it makes for itself: with its hour
 * in the name, the authorities of several stacks can be told apart where people keep them together.
 */
export function makeAuthority(clock: Clock, title = '127.0.0.1-ca'): KeyPair {
  const { publicKey, privateKey } = newKeys()
  const name = nameOf([['CN', `${title}@${Math.floor(clock.now() / 1000)}`]])
  const extensions = [
    extension('2.5.29.19', der.sequence(der.boolean(true), der.integer(Buffer.from([0]))), true),
    extension('2.5.29.15', SIGNS_CERTIFICATES, true),
    extension('2.5.29.14', der.octets(keyIdentifier(publicKey))),
  ]
  const certificate = issue({
    ...validity(clock, AUTHORITY_DAYS),
    issuer: name,
    subject: name,
    publicKeyInfo: publicKeyInfo(publicKey),
    extensions,
    signWith: privateKey,
  })
  return { certificate, key: pemOf(privateKey) }
}

export interface LeafOptions {
  subject: Name
  /** DNS names and addresses, for a server; without any it is a client's certificate. */
  names?: readonly string[]
}

/** A new certificate signed by the authority. */
export function makeLeaf(authority: KeyPair, clock: Clock, { subject, names }: LeafOptions): KeyPair {
  const { publicKey, privateKey } = newKeys()
  const extensions = [
    extension('2.5.29.19', der.sequence(), true),
    extension('2.5.29.15', SIGNS, true),
    extension('2.5.29.37', der.sequence(der.identifier(names ? SERVER_AUTH : CLIENT_AUTH))),
    issuedBy(authority),
    ...(names ? [extension('2.5.29.17', der.sequence(...names.map(alternative)))] : []),
  ]
  return {
    certificate: issue({
      ...validity(clock, LEAF_DAYS),
      issuer: subjectOf(authority),
      subject: nameOf(subject),
      publicKeyInfo: publicKeyInfo(publicKey),
      extensions,
      signWith: createPrivateKey(authority.key),
    }),
    key: pemOf(privateKey),
  }
}

/** A new EC key on P-256 in PEM, for signing tokens. */
export const makeSigningKey = (): string => pemOf(newKeys().privateKey)

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const publicKeyInfo = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })

/** Clocks of clients may be a little behind. */
const validity = (clock: Clock, days: number) => ({
  notBefore: clock.now() - DAY_MS,
  notAfter: clock.now() + days * DAY_MS,
})

export interface Issue {
  /** Milliseconds since the epoch. */
  notBefore: number
  notAfter: number
  /** Names in DER. */
  issuer: Buffer
  subject: Buffer
  /** SubjectPublicKeyInfo in DER. */
  publicKeyInfo: Buffer
  extensions: readonly Buffer[]
  signWith: KeyObject
}

/** A certificate of RFC 5280, version 3, in PEM. */
export function issue(of: Issue): string {
  const signed = der.sequence(
    der.tagged(0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    ECDSA_SHA256,
    of.issuer,
    der.sequence(der.time(of.notBefore), der.time(of.notAfter)),
    of.subject,
    of.publicKeyInfo,
    der.tagged(3, der.sequence(...of.extensions)),
  )
  const signature = sign('sha256', signed, of.signWith)
  const certificate = der.sequence(signed, ECDSA_SHA256, der.bits(signature))
  const lines = certificate.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** The authority's name, in DER: the issuer of what it signs. */
export function subjectOf({ certificate }: Pick<KeyPair, 'certificate'>): Buffer {
  const [signed] = derElements(derElement(new X509Certificate(certificate).raw, der.SEQUENCE).content)
  // RFC 5280 4.1: version, serial number, algorithm, issuer, validity, subject.
  const subject = signed && derElements(signed.content)[5]
  if (!subject) throw new Error('the certificate has no subject')
  return subject.whole
}

const nameOf = (name: Name) =>
  der.sequence(
    ...name.map(([key, value]) => der.set(der.sequence(der.identifier(attributes[key]), der.utf8(value)))),
  )

/** An entry of `extensions`; its value is whole elements. */
export const extension = (id: string, value: Buffer, critical = false) =>
  der.sequence(der.identifier(id), ...(critical ? [der.boolean(true)] : []), der.octets(value))

/** AuthorityKeyIdentifier, RFC 5280 4.2.1.1. */
export const issuedBy = ({ certificate }: Pick<KeyPair, 'certificate'>): Buffer =>
  extension(
    '2.5.29.35',
    der.sequence(der.implicit(0, keyIdentifier(new X509Certificate(certificate).publicKey))),
  )

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public point, which ends the SubjectPublicKeyInfo. */
const keyIdentifier = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }).subarray(-65))
    .digest()
    .subarray(0, 20)

function alternative(name: string): Buffer {
  if (isIPv4(name)) return der.implicit(7, Buffer.from(name.split('.').map(Number)))
  if (isIPv6(name)) return der.implicit(7, ipv6Bytes(name))
  return der.implicit(2, Buffer.from(name, 'latin1'))
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array<number>(8 - before.length - after.length).fill(0)
  return Buffer.from([...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 255]))
}
