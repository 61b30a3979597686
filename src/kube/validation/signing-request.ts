import { X509Certificate } from 'node:crypto'
import { CertificateRequestError, parseCertificateRequest } from '../certificates/certificate-request.ts'
import { allUsages } from '../certificates/key-usages.ts'
import { pemBlock } from '../certificates/pem-block.ts'
import { LEGACY_SIGNER } from '../certificates/signers.ts'
import { equalJson } from '../copy.ts'
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../generated/certificates-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { duplicate, invalidValue, notSupported, tooLong } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const MIN_EXPIRATION_SECONDS = 600
const DECISIONS = ['Approved', 'Denied', 'Failed']
const MAX_DOMAIN = 253
/** A domain, a slash, and a label and subdomain with a dot between. */
const MAX_SIGNER_NAME = MAX_DOMAIN + 1 + 63 + 1 + 253

/** A request for a certificate: as upstream's validation, through whatever subresource it is written. */
export function checkSigningRequest(
  rules: Rules,
  request: CertificateSigningRequest,
  previous: CertificateSigningRequest | undefined,
  subresource: string | undefined,
): void {
  // Nobody can change a spec after its creation.
  if (!previous) checkSpec(rules, request)
  checkConditions(rules, request, previous)
  const certificate = request.status?.certificate
  if (certificate !== previous?.status?.certificate) checkCertificate(rules, certificate)
  if (previous) checkChange(rules, { request, previous, subresource })
}

function checkSpec(rules: Rules, { spec }: CertificateSigningRequest): void {
  if (!rules.required('spec', spec)) return
  checkRequest(rules, spec.request)
  const { usages = [], signerName, expirationSeconds } = spec
  rules.required('spec.usages', usages)
  const seen = new Set<string>()
  for (const [index, usage] of usages.entries()) {
    const field = `spec.usages[${index}]`
    if (!allUsages.includes(usage)) rules.add(notSupported(field, usage, allUsages))
    if (seen.has(usage)) rules.add(duplicate(field, usage))
    seen.add(usage)
  }
  checkSignerName(rules, signerName)
  if (expirationSeconds !== undefined && expirationSeconds < MIN_EXPIRATION_SECONDS)
    rules.invalid('spec.expirationSeconds', expirationSeconds, [
      'may not specify a duration less than 600 seconds (10 minutes)',
    ])
}

function checkRequest(rules: Rules, request: string | undefined): void {
  try {
    parseCertificateRequest(Buffer.from(request ?? '', 'base64').toString())
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error
    rules.invalid('spec.request', request ?? '', [error.message])
  }
}

function checkSignerName(rules: Rules, signerName: string | undefined): void {
  const field = 'spec.signerName'
  if (!rules.required(field, signerName)) return
  const name = signerName ?? ''
  if (name === LEGACY_SIGNER) {
    rules.invalid(field, name, ['the legacy signerName is not allowed via this API version'])
    return
  }
  const [domain = '', path, ...more] = name.split('/')
  if (path === undefined || more.length > 0) {
    rules.invalid(field, name, [
      "must be a fully qualified domain and path of the form 'example.com/signer-name'",
    ])
    return
  }
  if (domain.length > MAX_DOMAIN) rules.add(tooLong(field, MAX_DOMAIN))
  rules.invalid(field, domain, firstLabelProblems(domain, dnsLabelProblems))
  if (!domain.includes('.'))
    rules.invalid(field, domain, ['should be a domain with at least two segments separated by dots'])
  rules.invalid(field, path, firstLabelProblems(path, dnsSubdomainProblems))
  if (name.length > MAX_SIGNER_NAME) rules.add(tooLong(field, MAX_SIGNER_NAME))
}

/** What is wrong with the first label that is wrong. */
function firstLabelProblems(text: string, problemsOf: (label: string) => readonly string[]): string[] {
  for (const label of text.split('.')) {
    const problems = problemsOf(label)
    if (problems.length > 0)
      return problems.map(problem => `validating label ${JSON.stringify(label)}: ${problem}`)
  }
  return []
}

function checkConditions(
  rules: Rules,
  request: CertificateSigningRequest,
  previous: CertificateSigningRequest | undefined,
): void {
  const field = 'status.conditions'
  const conditions = request.status?.conditions ?? []
  const before = typesOf(previous)
  // What is stored already is tolerated.
  const mayBeBoth = before.includes('Approved') && before.includes('Denied')
  const mayRepeat = new Set(before).size < before.length
  const seen = new Set<string>()
  for (const [index, { type, status }] of conditions.entries()) {
    if (!type && !before.includes('')) rules.required(`${field}[${index}].type`, type)
    rules.oneOf(
      `${field}[${index}].status`,
      status,
      DECISIONS.includes(type) ? ['True'] : ['False', 'True', 'Unknown'],
    )
    const opposite = { Approved: 'Denied', Denied: 'Approved' }[type]
    if (!mayBeBoth && opposite && seen.has(opposite))
      rules.add(invalidValue(field, type, 'Approved and Denied conditions are mutually exclusive'))
    if (!mayRepeat && seen.has(type)) rules.add(duplicate(`${field}[${index}].type`, type))
    seen.add(type)
  }
}

const typesOf = (request: CertificateSigningRequest | undefined): string[] =>
  request?.status?.conditions?.map(({ type }) => type ?? '') ?? []

function checkCertificate(rules: Rules, certificate: string | undefined): void {
  if (!certificate) return
  const problem = certificateProblem(Buffer.from(certificate, 'base64').toString())
  if (problem) rules.invalid('status.certificate', '<certificate data>', [problem])
}

/** What is wrong with a chain of certificates in PEM. */
function certificateProblem(pem: string): string | undefined {
  let blocks = 0
  for (let block = pemBlock(pem); block; block = pemBlock(block.rest)) {
    if (block.type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(block.type)}`
    if (block.hasHeaders) return 'no PEM block headers are permitted'
    try {
      new X509Certificate(block.bytes)
    } catch {
      return 'x509: malformed certificate'
    }
    blocks++
  }
  return blocks === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined
}

interface Change {
  request: CertificateSigningRequest
  previous: CertificateSigningRequest
  subresource: string | undefined
}

/** Decisions stay, are made through `approval` only, and certificates are written once, through `status`. */
function checkChange(rules: Rules, { request, previous, subresource }: Change): void {
  const field = 'status.conditions'
  for (const type of DECISIONS) {
    const [before, after] = [ofType(previous, type), ofType(request, type)]
    if (after.length < before.length)
      rules.forbidden(field, `updates may not remove a condition of type ${JSON.stringify(type)}`)
    if (subresource === 'approval' || type === 'Failed' || after.length < before.length) continue
    if (after.length > before.length)
      rules.forbidden(field, `updates may not add a condition of type ${JSON.stringify(type)}`)
    else if (!equalJson(before, after))
      rules.forbidden(field, `updates may not modify a condition of type ${JSON.stringify(type)}`)
  }
  const [before, after] = [previous.status?.certificate, request.status?.certificate]
  if (before === after) return
  if (subresource !== 'status')
    rules.forbidden('status.certificate', 'updates may not set certificate content')
  else if (before)
    rules.forbidden('status.certificate', 'updates may not modify existing certificate content')
}

const ofType = (request: CertificateSigningRequest, type: string): CertificateSigningRequestCondition[] =>
  request.status?.conditions?.filter(condition => condition.type === type) ?? []
