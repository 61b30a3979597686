import type { AlternativeName, CertificateRequest } from './certificate-request.ts'

export const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client'
export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet'
export const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving'
/** Created by servers of old; nobody can create one in v1. */
export const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown'

type Problem = string | undefined
type Rule = (request: CertificateRequest, usages: readonly string[]) => Problem

/** What each signer of the cluster's own authority demands; undefined: it signs. */
const rules: Readonly<Record<string, Rule | undefined>> = {
  [CLIENT_SIGNER]: (_request, usages) => clientProblem(usages),
  [KUBELET_CLIENT_SIGNER]: kubeletClientProblem,
  [KUBELET_SERVING_SIGNER]: kubeletServingProblem,
  [LEGACY_SIGNER]: () => undefined,
}

export const isClusterSigner = (signerName: string): boolean => Object.hasOwn(rules, signerName)

/** Why a signer of the cluster refuses a request, in upstream's words. */
export const signerProblem = (
  signerName: string,
  request: CertificateRequest,
  usages: readonly string[],
): Problem => rules[signerName]?.(request, usages)

function clientProblem(usages: readonly string[]): Problem {
  const allowed = ['digital signature', 'key encipherment', 'client auth']
  const other = usages.find(usage => !allowed.includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  if (!usages.includes('client auth')) return 'missing required usage for client certificate: client auth'
  return undefined
}

export function kubeletClientProblem(request: CertificateRequest, usages: readonly string[]): Problem {
  return (
    organizationProblem(request) ??
    notAllowed(request, ['dns', 'email', 'ip', 'uri']) ??
    nameProblem(request) ??
    usagesProblem(usages, 'client auth')
  )
}

function kubeletServingProblem(request: CertificateRequest, usages: readonly string[]): Problem {
  const isNamed = request.alternativeNames.some(({ type }) => type === 'dns' || type === 'ip')
  return (
    organizationProblem(request) ??
    (isNamed ? undefined : 'DNS or IP subjectAltName is required') ??
    notAllowed(request, ['email', 'uri']) ??
    usagesProblem(usages, 'server auth') ??
    nameProblem(request)
  )
}

const organizationProblem = ({ organizations }: CertificateRequest): Problem =>
  organizations.length === 1 && organizations[0] === 'system:nodes'
    ? undefined
    : 'subject organization is not system:nodes'

const nameProblem = ({ commonName }: CertificateRequest): Problem =>
  commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:'

const words = { dns: 'DNS', email: 'Email', ip: 'IP', uri: 'URI' }

function notAllowed(
  { alternativeNames }: CertificateRequest,
  types: readonly AlternativeName['type'][],
): Problem {
  const found = types.find(type => alternativeNames.some(name => name.type === type))
  return found && `${words[found]} subjectAltNames are not allowed`
}

/** Only RSA keys encipher, so that usage may be left out. */
function usagesProblem(usages: readonly string[], role: string): Problem {
  const wanted = [role, 'digital signature', 'key encipherment']
  const given = new Set(usages)
  const matches =
    given.has(role) && given.has('digital signature') && [...given].every(usage => wanted.includes(usage))
  return matches ? undefined : `usages did not match [${wanted.sort().join(' ')}]`
}
