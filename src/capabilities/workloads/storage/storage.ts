import type { Kernel } from '../../../kernel/capability.ts'
import type { Controller } from '../../../kernel/controller.ts'
import { claimController } from './claims.ts'
import { ephemeralVolumeController } from './ephemeral.ts'
import { HostPathProvisioner } from './host-path-provisioner.ts'
import { claimProtection, volumeProtection } from './protection.ts'
import { volumeController } from './volumes.ts'

/** The controllers of persistent volumes and their claims. */
export function storageControllers(kernel: Kernel): Controller[] {
  const provisioner = new HostPathProvisioner(kernel.dataDirectory)
  return [
    claimController(kernel, provisioner),
    volumeController(kernel, provisioner),
    claimProtection(kernel),
    volumeProtection(kernel),
    ephemeralVolumeController(kernel),
  ]
}
