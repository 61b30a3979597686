import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type DerElement, DerError, derElement, derElements, identifierText } from './der-element.ts'
import { pemBlock } from './pem-block.ts'

/** What a certificate is asked for: a PKCS #10 request (RFC 2986). */
export interface CertificateRequest {
  /** The subject's Name in DER. */
  subject: Buffer
  commonName: string
  organizations: string[]
  publicKey: KeyObject
  /** SubjectPublicKeyInfo in DER. */
  publicKeyInfo: Buffer
  alternativeNames: readonly AlternativeName[]
}

/** A GeneralName (RFC 5280 4.2.1.6) of the four types that Go's certificates carry; others are dropped, as there. */
export interface AlternativeName {
  type: keyof typeof alternativeTags
  der: Buffer
}

/** Why something is no request for a certificate, or one that does not prove possession of its key. */
export class CertificateRequestError extends Error {
  override name = 'CertificateRequestError'
}

const alternativeTags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const
const BIT_STRING = 0x03
const IDENTIFIER = 0x06
const SEQUENCE = 0x30
const ATTRIBUTES = 0xa0
const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
/** BMPString, X.680 41: two bytes for each character. */
const BMP_STRING = 0x1e

/** The digest that a signature algorithm hashes with; null: none before signing. */
const digests: Readonly<Record<string, string | null | undefined>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
}
const failures: Readonly<Record<string, string | undefined>> = {
  rsa: 'crypto/rsa: verification error',
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
}

/** Reads a request in PEM and verifies that who made it has the key. Throws CertificateRequestError. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const block = pemBlock(pem)
  if (block?.type !== 'CERTIFICATE REQUEST')
    throw new CertificateRequestError('PEM block type must be CERTIFICATE REQUEST')
  try {
    return parse(block.bytes)
  } catch (error) {
    if (error instanceof DerError)
      throw new CertificateRequestError(`asn1: syntax error: ${error.message}`, { cause: error })
    throw error
  }
}

function parse(bytes: Buffer): CertificateRequest {
  const [info, algorithm, signature] = fieldsOf(derElement(bytes, SEQUENCE))
  const [, subject, publicKeyInfo, attributes] = fieldsOf(present(info, SEQUENCE))
  const publicKey = publicKeyOf(present(publicKeyInfo).whole)
  verifySignature({
    signed: present(info).whole,
    algorithm: identifierText(present(fieldsOf(present(algorithm, SEQUENCE))[0], IDENTIFIER)),
    signature: bytesOfBits(present(signature, BIT_STRING)),
    publicKey,
  })
  return {
    subject: present(subject).whole,
    commonName: valuesIn(subject, COMMON_NAME).at(-1) ?? '',
    organizations: valuesIn(subject, ORGANIZATION),
    publicKey,
    publicKeyInfo: present(publicKeyInfo).whole,
    alternativeNames: attributes?.tag === ATTRIBUTES ? alternativeNamesIn(attributes) : [],
  }
}

const fieldsOf = (element: DerElement | undefined): DerElement[] => derElements(present(element).content)

function present(element: DerElement | undefined, tag?: number): DerElement {
  if (!element) throw new DerError('sequence truncated')
  if (tag !== undefined && element.tag !== tag) throw new DerError(`tag ${element.tag} where ${tag} belongs`)
  return element
}

/** A bit string begins with the number of unused bits at its end, which are none in a signature. */
function bytesOfBits({ content }: DerElement): Buffer {
  if (content[0] !== 0) throw new DerError('a signature is whole bytes')
  return content.subarray(1)
}

function publicKeyOf(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (error) {
    throw new CertificateRequestError('x509: unknown public key', { cause: error })
  }
}

interface Signed {
  signed: Buffer
  algorithm: string
  signature: Buffer
  publicKey: KeyObject
}

function verifySignature({ signed, algorithm, signature, publicKey }: Signed): void {
  const digest = digests[algorithm]
  const failure = failures[publicKey.asymmetricKeyType ?? '']
  if (digest === undefined || failure === undefined)
    throw new CertificateRequestError('x509: cannot verify signature: algorithm unimplemented')
  if (!isSignedBy({ signed, signature, publicKey }, digest)) throw new CertificateRequestError(failure)
}

function isSignedBy({ signed, signature, publicKey }: Omit<Signed, 'algorithm'>, digest: string | null) {
  try {
    return verify(digest, signed, publicKey, signature)
  } catch {
    // The algorithm is not one for this type of key.
    return false
  }
}

/** The values of one attribute of a Name. */
function valuesIn(name: DerElement | undefined, attribute: string): string[] {
  return fieldsOf(name).flatMap(set =>
    fieldsOf(set).flatMap(pair => {
      const [type, value] = fieldsOf(pair)
      return identifierText(present(type)) === attribute ? [textOf(present(value))] : []
    }),
  )
}

const textOf = ({ tag, content }: DerElement): string =>
  tag === BMP_STRING ? Buffer.from(content).swap16().toString('utf16le') : content.toString()

function alternativeNamesIn(attributes: DerElement): AlternativeName[] {
  return fieldsOf(attributes).flatMap(attribute => {
    const [type, values] = fieldsOf(attribute)
    if (identifierText(present(type)) !== EXTENSION_REQUEST) return []
    return fieldsOf(values).flatMap(extensions => fieldsOf(extensions).flatMap(namesOfExtension))
  })
}

function namesOfExtension(extension: DerElement): AlternativeName[] {
  const parts = fieldsOf(extension)
  if (identifierText(present(parts[0])) !== SUBJECT_ALTERNATIVE_NAME) return []
  // `critical` may stand between the identifier and the value.
  const names = derElement(present(parts.at(-1)).content, SEQUENCE)
  return fieldsOf(names).flatMap(({ tag, whole }) => {
    const type = typeOfTag(tag)
    return type ? [{ type, der: whole }] : []
  })
}

function typeOfTag(tag: number): AlternativeName['type'] | undefined {
  for (const [type, known] of Object.entries(alternativeTags))
    if (known === tag) return type as AlternativeName['type']
  return undefined
}
