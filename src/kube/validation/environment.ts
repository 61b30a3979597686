import type { Container, EnvVar, EnvVarSource } from '../generated/core-v1.ts'
import { configKeyProblems, dnsLabelProblems, dnsSubdomainProblems, envNameProblems } from '../names.ts'
import { invalidValue } from '../schema/field-error.ts'
import { checkFieldReference, checkResourceReference, environmentFields } from './downward-api.ts'
import { checkNoBacksteps } from './paths.ts'
import type { Rules } from './rules.ts'

/** Rules of a container's variables, and of where it takes all of a map from. */
export function checkEnvironment(rules: Rules, field: string, { env, envFrom }: Container): void {
  for (const [index, variable] of (env ?? []).entries())
    checkVariable(rules, `${field}.env[${index}]`, variable)
  for (const [index, { prefix, configMapRef, secretRef }] of (envFrom ?? []).entries()) {
    const at = `${field}.envFrom[${index}]`
    if (prefix) rules.invalid(`${at}.prefix`, prefix, envNameProblems(prefix))
    if (configMapRef) rules.name(`${at}.configMapRef.name`, configMapRef.name, dnsSubdomainProblems)
    if (secretRef) rules.name(`${at}.secretRef.name`, secretRef.name, dnsSubdomainProblems)
    // Upstream says of the list what is wrong with its item.
    if (!configMapRef && !secretRef)
      rules.add(invalidValue(`${field}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (configMapRef && secretRef)
      rules.add(invalidValue(`${field}.envFrom`, '', 'may not have more than one field specified at a time'))
  }
}

function checkVariable(rules: Rules, field: string, { name, value, valueFrom }: EnvVar): void {
  rules.name(`${field}.name`, name, envNameProblems)
  if (!valueFrom) return
  const at = `${field}.valueFrom`
  checkSource(rules, at, valueFrom)
  const count = Object.values(valueFrom).filter(source => source !== undefined).length
  if (count === 0)
    rules.add(
      invalidValue(
        at,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    )
  else if (value) rules.add(invalidValue(at, '', 'may not be specified when `value` is not empty'))
  else if (count > 1) rules.add(invalidValue(at, '', 'may not have more than one field specified at a time'))
}

function checkSource(rules: Rules, field: string, source: EnvVarSource): void {
  const { fieldRef, resourceFieldRef, fileKeyRef } = source
  if (fieldRef) checkFieldReference(rules, `${field}.fieldRef`, fieldRef, environmentFields)
  if (resourceFieldRef) checkResourceReference(rules, `${field}.resourceFieldRef`, resourceFieldRef, false)
  for (const key of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[key]
    if (!reference) continue
    const { name = '' } = reference
    rules.invalid(`${field}.${key}.name`, name, dnsSubdomainProblems(name))
    rules.name(`${field}.${key}.key`, reference.key, configKeyProblems)
  }
  if (!fileKeyRef) return
  const at = `${field}.fileKeyRef`
  rules.name(`${at}.key`, fileKeyRef.key, envNameProblems)
  rules.name(`${at}.volumeName`, fileKeyRef.volumeName, dnsLabelProblems)
  if (rules.required(`${at}.path`, fileKeyRef.path)) checkNoBacksteps(rules, `${at}.path`, fileKeyRef.path)
}
