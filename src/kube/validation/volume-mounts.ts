import type { Container, VolumeMount } from '../generated/core-v1.ts'
import { notFoundValue, notSupported } from '../schema/field-error.ts'
import { checkRelativePath } from './paths.ts'
import type { Rules } from './rules.ts'

/** Where a container mounts the volumes of its pod. Of some rules upstream names the list and not its item. */
export function checkMounts(
  rules: Rules,
  field: string,
  container: Container,
  volumes: ReadonlySet<string>,
): void {
  const devices = container.volumeDevices ?? []
  const paths = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${field}[${index}]`
    const { name = '', mountPath = '', subPath, subPathExpr } = mount
    rules.required(`${at}.name`, name)
    if (!volumes.has(name)) rules.add(notFoundValue(`${at}.name`, name))
    rules.required(`${at}.mountPath`, mountPath)
    if (paths.has(mountPath)) rules.invalid(`${at}.mountPath`, mountPath, ['must be unique'])
    paths.add(mountPath)
    if (devices.some(device => device.name === name))
      rules.invalid(`${at}.name`, name, ['must not already exist in volumeDevices'])
    if (devices.some(device => device.devicePath === mountPath))
      rules.invalid(`${at}.mountPath`, mountPath, ['must not already exist as a path in volumeDevices'])
    checkRelativePath(rules, `${field}.subPath`, subPath)
    if (subPathExpr && subPath)
      rules.invalid(`${at}.subPathExpr`, subPathExpr, ['subPathExpr and subPath are mutually exclusive'])
    checkRelativePath(rules, `${field}.subPathExpr`, subPathExpr)
    checkPropagation(rules, field, mount, container)
  }
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursions = ['Disabled', 'Enabled', 'IfPossible']

function checkPropagation(rules: Rules, field: string, mount: VolumeMount, container: Container): void {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount
  if (mountPropagation !== undefined) {
    const at = `${field}.mountPropagation`
    rules.among(at, mountPropagation, propagations)
    if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged)
      rules.forbidden(at, 'Bidirectional mount propagation is available only to privileged containers')
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return
  const at = `${field}.recursiveReadOnly`
  if (!recursions.includes(recursiveReadOnly)) {
    rules.add(notSupported(at, recursiveReadOnly, recursions))
    return
  }
  if (!readOnly) rules.forbidden(at, 'may only be specified when readOnly is true')
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    rules.forbidden(at, 'may only be specified when mountPropagation is None or not specified')
}
