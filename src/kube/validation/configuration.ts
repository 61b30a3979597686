import { equalJson } from '../copy.ts'
import type { ConfigMap, Secret } from '../generated/core-v1.ts'
import { configKeyProblems } from '../names.ts'
import { invalidValue, required, tooLong } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const MAX_BYTES = 1024 * 1024
const frozen = 'field is immutable when `immutable` is set'

/** A sealed object stays sealed, and its fields as they are. */
function checkSealed<T extends { immutable?: boolean | undefined }>(
  rules: Rules,
  object: T,
  previous: T | undefined,
  fields: readonly (keyof T & string)[],
): void {
  if (!previous?.immutable) return
  if (!object.immutable) rules.forbidden('immutable', frozen)
  for (const field of fields)
    if (!equalJson(object[field] ?? {}, previous[field] ?? {})) rules.forbidden(field, frozen)
}

export function checkConfigMap(rules: Rules, config: ConfigMap, previous: ConfigMap | undefined): void {
  let bytes = 0
  for (const [key, value] of Object.entries(config.data ?? {})) {
    rules.invalid(`data[${key}]`, key, configKeyProblems(key))
    if (config.binaryData && Object.hasOwn(config.binaryData, key))
      rules.add(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    bytes += Buffer.byteLength(value)
  }
  for (const [key, value] of Object.entries(config.binaryData ?? {})) {
    rules.invalid(`binaryData[${key}]`, key, configKeyProblems(key))
    bytes += Buffer.byteLength(value, 'base64')
  }
  if (bytes > MAX_BYTES) rules.add(tooLong('', MAX_BYTES))
  checkSealed(rules, config, previous, ['data', 'binaryData'])
}

/** Keys that a Secret of a type must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

export function checkSecret(rules: Rules, secret: Secret, previous: Secret | undefined): void {
  const { data = {}, type = '', metadata } = secret
  let bytes = 0
  for (const [key, value] of Object.entries(data)) {
    rules.invalid(`data[${key}]`, key, configKeyProblems(key))
    bytes += Buffer.byteLength(value, 'base64')
  }
  if (bytes > MAX_BYTES) rules.add(tooLong('data', MAX_BYTES))
  for (const key of requiredKeys[type] ?? [])
    if (data[key] === undefined) rules.add(required(`data[${key}]`))
    else if (key.startsWith('.docker') && !isJson(data[key]))
      rules.add(invalidValue(`data[${key}]`, '<secret contents redacted>', 'must be valid JSON'))
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined)
    rules.add(required('data[username]'), required('data[password]'))
  if (type === 'kubernetes.io/service-account-token')
    rules.required(
      'metadata.annotations[kubernetes.io/service-account.name]',
      metadata.annotations?.['kubernetes.io/service-account.name'],
    )
  if (previous) rules.immutable('type', type, previous.type ?? '')
  checkSealed(rules, secret, previous, ['data'])
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
    return true
  } catch {
    return false
  }
}
