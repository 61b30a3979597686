/** How many devices a request means; its group has no generated types. */
interface Counted {
  allocationMode?: string
  count?: number
}

interface ClaimSpec {
  devices?: { requests?: { exactly?: Counted; firstAvailable?: Counted[] }[] }
}

export const claimOfDevicesDefaults = ({ spec }: { spec?: ClaimSpec }): void => requestsDefaults(spec)

export const claimOfDevicesTemplateDefaults = ({ spec }: { spec?: { spec?: ClaimSpec } }): void =>
  requestsDefaults(spec?.spec)

function requestsDefaults(spec: ClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? [])
    for (const request of [...(exactly ? [exactly] : []), ...firstAvailable]) {
      request.allocationMode ||= 'ExactCount'
      if (request.allocationMode === 'ExactCount') request.count ||= 1
    }
}
