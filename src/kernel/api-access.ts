import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { AccessOptions } from '../apiserver/access-options.ts'
import { parsePolicy } from '../apiserver/audit/policy.ts'
import type { OidcSettings } from '../apiserver/auth/oidc.ts'
import { parseTokenFile } from '../apiserver/auth/static-tokens.ts'
import { type AddressRange, parseAddressRange } from '../apiserver/kinds/address-range.ts'
import type { SettingDeclaration } from './capability.ts'
import { CliError } from './command.ts'
import type { Config } from './config.ts'
import type { DataDirectory } from './data-directory.ts'

/** Settings of the embedded API server: `apiserver.NAME`, in the manner of kube-apiserver's flags. */
export const apiSettings: readonly SettingDeclaration[] = [
  {
    name: 'authorizationMode',
    default: 'RBAC',
    summary: 'Who may do what: RBAC, or RBAC,AlwaysAllow',
    flag: { name: 'authorization-mode', value: 'MODES' },
  },
  {
    name: 'tokenAuthFile',
    default: '',
    summary: 'File of further tokens: token,user,uid,"group1,group2"',
    flag: { name: 'token-auth-file', value: 'FILE' },
  },
  {
    name: 'serviceClusterIpRange',
    default: '',
    summary:
      'Where cluster IPs come from (default: 127.128.0.0/12, where the node listens; 10.0.0.0/16 without a node)',
    flag: { name: 'service-cluster-ip-range', value: 'CIDR' },
  },
  {
    name: 'clientCaFile',
    default: '',
    summary: 'Authorities, in PEM, whose client certificates are taken beside those of the own one',
    flag: { name: 'client-ca-file', value: 'FILE' },
  },
  { name: 'oidcIssuerUrl', default: '', summary: 'OpenID Connect issuer whose ID tokens are taken (https)' },
  { name: 'oidcClientId', default: '', summary: 'The audience that ID tokens must be for' },
  { name: 'oidcUsernameClaim', default: 'sub', summary: 'The claim that names the user' },
  { name: 'oidcUsernamePrefix', default: '', summary: 'Before user names; - for none' },
  { name: 'oidcGroupsClaim', default: '', summary: 'The claim that names groups' },
  { name: 'oidcGroupsPrefix', default: '', summary: 'Before names of groups' },
  { name: 'oidcRequiredClaims', default: '', summary: 'Claims that must have a value: name=value,…' },
  { name: 'oidcSigningAlgs', default: 'RS256', summary: 'Signatures that are accepted, separated by commas' },
  { name: 'oidcCaFile', default: '', summary: 'Certificate authority of the issuer, in PEM' },
  {
    name: 'auditPolicyFile',
    default: '',
    summary: 'Policy of audit.k8s.io/v1; without it nothing is recorded',
  },
  { name: 'auditLogMaxSize', default: 100, summary: 'Megabytes after which the audit log is put aside' },
  { name: 'auditLogMaxBackup', default: 10, summary: 'Audit logs that are kept aside' },
]

/** It begins where kube-apiserver's own default does, which holds but 254. */
const RANGE_WITHOUT_NODE = '10.0.0.0/16'

/**
 * Where cluster IPs come from; undefined for loopback addresses, on which a node of this process can listen. Throws
 * CliError naming the setting.
 */
export function clusterIpRange(config: Config, { hasNode }: { hasNode: boolean }): AddressRange | undefined {
  const set = String(config.get('apiserver.serviceClusterIpRange') ?? '').trim()
  const text = set || (hasNode ? '' : RANGE_WITHOUT_NODE)
  if (text === '' || text === '127.128.0.0/12') return undefined
  try {
    return parseAddressRange(text)
  } catch (error) {
    throw new CliError(`apiserver.serviceClusterIpRange: ${(error as Error).message}`, { cause: error })
  }
}

/** Reads the settings and the files that they name. Throws CliError naming the setting. */
export function accessFrom(config: Config, dataDirectory: DataDirectory): AccessOptions {
  const text = (name: string) => String(config.get(`apiserver.${name}`) ?? '').trim()
  const tokens = text('tokenAuthFile')
  const policy = text('auditPolicyFile')
  const authorities = text('clientCaFile')
  return {
    alwaysAllow: alwaysAllows(text('authorizationMode')),
    staticTokens: tokens ? reading('tokenAuthFile', tokens, parseTokenFile) : [],
    oidc: text('oidcIssuerUrl') ? oidcFrom(text) : undefined,
    clientAuthorities: authorities ? reading('clientCaFile', authorities, certificates) : undefined,
    audit: policy
      ? {
          policy: reading('auditPolicyFile', policy, content => parsePolicy(parse(content))),
          directory: dataDirectory.folder('audit'),
          maxFileBytes: positive('auditLogMaxSize', text('auditLogMaxSize')) * 1024 * 1024,
          maxBackups: positive('auditLogMaxBackup', text('auditLogMaxBackup')),
        }
      : undefined,
  }
}

function alwaysAllows(mode: string): boolean {
  const modes = mode === '' ? ['RBAC'] : mode.split(',').map(name => name.trim())
  const [first, second, ...more] = modes
  if (first === 'RBAC' && more.length === 0 && (second === undefined || second === 'AlwaysAllow'))
    return second !== undefined
  throw new CliError(`apiserver.authorizationMode: ${mode}: must be RBAC or RBAC,AlwaysAllow`)
}

function oidcFrom(text: (name: string) => string): OidcSettings {
  const issuerUrl = text('oidcIssuerUrl')
  if (!issuerUrl.startsWith('https://'))
    throw new CliError(`apiserver.oidcIssuerUrl: ${issuerUrl}: must begin with https://`)
  const clientId = text('oidcClientId')
  if (!clientId) throw new CliError('apiserver.oidcClientId: is needed with apiserver.oidcIssuerUrl')
  const authority = text('oidcCaFile')
  return {
    issuerUrl,
    clientId,
    usernameClaim: text('oidcUsernameClaim') || 'sub',
    usernamePrefix: text('oidcUsernamePrefix') || undefined,
    groupsClaim: text('oidcGroupsClaim') || undefined,
    groupsPrefix: text('oidcGroupsPrefix'),
    requiredClaims: Object.fromEntries(listed(text('oidcRequiredClaims')).map(claimAndValue)),
    signingAlgorithms: listed(text('oidcSigningAlgs') || 'RS256'),
    authority: authority ? reading('oidcCaFile', authority, content => content) : undefined,
  }
}

/** The certificates among the blocks of a PEM file. */
function certificates(content: string): string {
  const blocks = content.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new Error('there is no certificate in it')
  for (const block of blocks) new X509Certificate(block)
  return blocks.join('\n')
}

const listed = (text: string): string[] => text.split(',').flatMap(part => part.trim() || [])

function claimAndValue(pair: string): [string, string] {
  const [claim = '', ...value] = pair.split('=')
  if (claim === '' || value.length === 0)
    throw new CliError(`apiserver.oidcRequiredClaims: ${pair}: must be name=value`)
  return [claim, value.join('=')]
}

function positive(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new CliError(`apiserver.${name}: ${text}: must be a whole number above 0`)
}

function reading<T>(name: string, path: string, read: (content: string) => T): T {
  try {
    return read(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CliError(`apiserver.${name}: ${path}: ${(error as Error).message}`, { cause: error })
  }
}
