import { describe, expect, it } from 'vitest'
import { makeCertificateRequest } from '../../apiserver/http/testing.ts'
import { CertificateRequestError, parseCertificateRequest } from './certificate-request.ts'

// openssl req -new -newkey ed25519 -subj /O=system:masters/CN=eve
const BY_OPENSSL = `-----BEGIN CERTIFICATE REQUEST-----
MIGmMFoCAQAwJzEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAKBgNVBAMMA2V2
ZTAqMAUGAytlcAMhAPLrdARh1iMJcw2SDQ0gJnjGcW9Ydg3+ZEdEE519V0C/oAAw
BQYDK2VwA0EAfhwC5XaS6VdyUfu62D7yWxquDnAtz3j8lWfBQC153sAUXo4R7ng+
9FelmjpXoKwlamBq1uf9rZGUcu1TkrzVDg==
-----END CERTIFICATE REQUEST-----`

const problemOf = (pem: string): string => {
  try {
    parseCertificateRequest(pem)
    return 'none'
  } catch (error) {
    // Whatever is sent, only this class of error comes back.
    expect(error).toBeInstanceOf(CertificateRequestError)
    return (error as Error).message
  }
}
const withBytes = (pem: string, change: (bytes: Buffer) => Buffer): string => {
  const [head, ...lines] = pem.trim().split('\n')
  const foot = lines.pop()
  return `${head}\n${change(Buffer.from(lines.join(''), 'base64')).toString('base64')}\n${foot}`
}
const flipped = (at: number) => (bytes: Buffer) => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('parseCertificateRequest', () => {
  it('reads what openssl writes', () => {
    const { commonName, organizations, alternativeNames, publicKey } = parseCertificateRequest(BY_OPENSSL)
    expect({ commonName, organizations, alternativeNames }).toEqual({
      commonName: 'eve',
      organizations: ['system:masters'],
      alternativeNames: [],
    })
    expect(publicKey.asymmetricKeyType).toBe('ed25519')
  })

  it.each(['ec', 'rsa', 'ed25519'] as const)(
    'reads names, and verifies the signature of %s keys',
    keyType => {
      const { pem } = makeCertificateRequest({
        commonName: 'jane',
        organizations: ['one', 'two'],
        alternatives: [
          ['dns', 'a.example'],
          ['ip', Buffer.from([127, 0, 0, 1])],
          ['uri', 'spiffe://a'],
          ['email', 'a@b'],
        ],
        keyType,
      })
      const { commonName, organizations, alternativeNames } = parseCertificateRequest(pem)
      expect({ commonName, organizations }).toEqual({ commonName: 'jane', organizations: ['one', 'two'] })
      expect(alternativeNames.map(({ type }) => type)).toEqual(['dns', 'ip', 'uri', 'email'])
    },
  )

  it.each([
    ['ec', 'x509: ECDSA verification failure'],
    ['rsa', 'crypto/rsa: verification error'],
    ['ed25519', 'x509: Ed25519 verification failure'],
  ] as const)('refuses a %s request that was changed', (keyType, message) => {
    const { pem } = makeCertificateRequest({ commonName: 'jane', keyType })
    const changed = withBytes(pem, bytes => {
      const copy = Buffer.from(bytes)
      copy.write('john', copy.indexOf('jane'))
      return copy
    })
    expect(problemOf(changed)).toBe(message)
  })

  it.each([
    ['', 'PEM block type must be CERTIFICATE REQUEST'],
    ['no PEM', 'PEM block type must be CERTIFICATE REQUEST'],
    [BY_OPENSSL.replaceAll('CERTIFICATE', 'NEW CERTIFICATE'), 'PEM block type must be CERTIFICATE REQUEST'],
    [withBytes(BY_OPENSSL, () => Buffer.from([0x30, 0x80])), 'asn1: syntax error: length is not definite'],
    [withBytes(BY_OPENSSL, bytes => Buffer.concat([bytes, bytes])), 'asn1: syntax error: trailing data'],
    [withBytes(BY_OPENSSL, bytes => bytes.subarray(0, 40)), 'asn1: syntax error: data truncated'],
  ])('refuses %j', (pem, message) => {
    expect(problemOf(pem)).toBe(message)
  })

  it('refuses every cut and every changed byte', () => {
    const length = 169
    for (let at = 0; at < length; at++) {
      expect(problemOf(withBytes(BY_OPENSSL, bytes => bytes.subarray(0, at)))).not.toBe('none')
      expect(problemOf(withBytes(BY_OPENSSL, flipped(at)))).not.toBe('none')
    }
  })
})
