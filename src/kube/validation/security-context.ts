import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../generated/core-v1.ts'
import { duplicate, notSupported } from '../schema/field-error.ts'
import { checkRelativePath } from './paths.ts'
import type { Rules } from './rules.ts'

const MAX_ID = 2 ** 31 - 1

const checkId = (rules: Rules, field: string, id: number | undefined): void =>
  rules.between(field, id, [0, MAX_ID])

/** Rules of a container's security context. */
export function checkSecurityContext(
  rules: Rules,
  field: string,
  context: SecurityContext | undefined,
): void {
  if (!context) return
  const { procMount, privileged, allowPrivilegeEscalation, capabilities } = context
  checkId(rules, `${field}.runAsUser`, context.runAsUser)
  checkId(rules, `${field}.runAsGroup`, context.runAsGroup)
  if (procMount !== undefined) {
    rules.among(`${field}.procMount`, procMount, ['Default', 'Unmasked'])
    if (procMount === 'Unmasked')
      rules.invalid(`${field}.procMount`, procMount, ['`hostUsers` must be false to use `Unmasked`'])
  }
  checkSeccomp(rules, `${field}.seccompProfile`, context.seccompProfile)
  if (allowPrivilegeEscalation === false) {
    if (privileged)
      rules.invalid(field, context, [
        'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ])
    if (capabilities?.add?.includes('CAP_SYS_ADMIN'))
      rules.invalid(field, context, [
        'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
      ])
  }
  checkAppArmor(rules, `${field}.appArmorProfile`, context.appArmorProfile)
}

/** Rules of a pod's security context. */
export function checkPodSecurityContext(
  rules: Rules,
  field: string,
  context: PodSecurityContext | undefined,
): void {
  if (!context) return
  checkId(rules, `${field}.fsGroup`, context.fsGroup)
  checkId(rules, `${field}.runAsUser`, context.runAsUser)
  checkId(rules, `${field}.runAsGroup`, context.runAsGroup)
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    checkId(rules, `${field}.supplementalGroups[${index}]`, group)
  checkSysctls(rules, `${field}.sysctls`, context.sysctls ?? [])
  for (const [key, supported] of choices)
    if (context[key] !== undefined) rules.among(`${field}.${key}`, context[key], supported)
  checkSeccomp(rules, `${field}.seccompProfile`, context.seccompProfile)
  checkAppArmor(rules, `${field}.appArmorProfile`, context.appArmorProfile)
}

const choices = [
  ['fsGroupChangePolicy', ['Always', 'OnRootMismatch']],
  ['supplementalGroupsPolicy', ['Merge', 'Strict']],
  ['seLinuxChangePolicy', ['MountOption', 'Recursive']],
] as const

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function checkSeccomp(rules: Rules, field: string, profile: SeccompProfile | undefined): void {
  if (!profile) return
  const { type, localhostProfile } = profile
  if (rules.required(`${field}.type`, type, 'type is required when seccompProfile is set'))
    if (!profileTypes.includes(type)) rules.add(notSupported(`${field}.type`, type, profileTypes))
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      rules.invalid(`${field}.localhostProfile`, { Type: type ?? '', LocalhostProfile: localhostProfile }, [
        'can only be set when seccomp type is Localhost',
      ])
  } else if (localhostProfile === undefined)
    rules.required(`${field}.localhostProfile`, undefined, 'must be set when seccomp type is Localhost')
  else checkRelativePath(rules, `${field}.localhostProfile`, localhostProfile)
}

const MAX_PROFILE_LENGTH = 4095

function checkAppArmor(rules: Rules, field: string, profile: AppArmorProfile | undefined): void {
  if (!profile) return
  const { type, localhostProfile } = profile
  const at = `${field}.localhostProfile`
  switch (type) {
    case 'Localhost':
      if (localhostProfile !== localhostProfile?.trim())
        rules.invalid(at, localhostProfile, ['must not be padded with whitespace'])
      else rules.required(at, localhostProfile, 'must be set when AppArmor type is Localhost')
      if (localhostProfile && localhostProfile.length > MAX_PROFILE_LENGTH)
        rules.tooLong(at, MAX_PROFILE_LENGTH)
      break
    case 'RuntimeDefault':
    case 'Unconfined':
      if (localhostProfile !== undefined)
        rules.invalid(at, localhostProfile, ['can only be set when AppArmor type is Localhost'])
      break
    default:
      if (rules.required(`${field}.type`, type, 'type is required when appArmorProfile is set'))
        rules.add(notSupported(`${field}.type`, type, profileTypes))
  }
}

const MAX_SYSCTL_LENGTH = 253
const sysctlName = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`
const sysctlPattern = new RegExp(sysctlName)

function checkSysctls(rules: Rules, field: string, sysctls: readonly Sysctl[]): void {
  const names = new Set<string>()
  for (const [index, { name }] of sysctls.entries()) {
    const at = `${field}[${index}].name`
    if (!rules.required(at, name)) continue
    if (name.length > MAX_SYSCTL_LENGTH || !sysctlPattern.test(name))
      rules.invalid(at, name, [
        `must have at most ${MAX_SYSCTL_LENGTH} characters and match regex ${sysctlName}`,
      ])
    else if (names.has(name)) rules.add(duplicate(at, name))
    names.add(name)
  }
}
