/** The sync options of an Application, read from `Name=value` texts. */
export interface SyncOptions {
  createNamespace: boolean
  replace: boolean
  prune: boolean
  pruneLast: boolean
  applyOutOfSyncOnly: boolean
  respectIgnoreDifferences: boolean
  skipDryRunOnMissingResource: boolean
  prunePropagationPolicy: 'Foreground' | 'Background' | 'Orphan'
  /** Options that have no effect here, for a warning. */
  unsupported: string[]
}

const policies = { foreground: 'Foreground', background: 'Background', orphan: 'Orphan' } as const

/** Options that are always so here: every object is applied on the server side, and shared objects are always refused. */
const always = new Set(['ServerSideApply=true', 'FailOnSharedResource=true', 'Validate=true', 'Force=false'])

export function parseSyncOptions(options: readonly string[]): SyncOptions {
  const result: SyncOptions = {
    createNamespace: false,
    replace: false,
    prune: true,
    pruneLast: false,
    applyOutOfSyncOnly: false,
    respectIgnoreDifferences: false,
    skipDryRunOnMissingResource: false,
    prunePropagationPolicy: 'Foreground',
    unsupported: [],
  }
  for (const option of options) {
    const [name = '', value = ''] = option.split('=', 2)
    const isOn = value === 'true'
    switch (name) {
      case 'CreateNamespace':
        result.createNamespace = isOn
        break
      case 'Replace':
        result.replace = isOn
        break
      case 'PruneLast':
        result.pruneLast = isOn
        break
      case 'ApplyOutOfSyncOnly':
        result.applyOutOfSyncOnly = isOn
        break
      case 'RespectIgnoreDifferences':
        result.respectIgnoreDifferences = isOn
        break
      case 'SkipDryRunOnMissingResource':
        result.skipDryRunOnMissingResource = isOn
        break
      case 'PrunePropagationPolicy':
        if (value in policies) result.prunePropagationPolicy = policies[value as keyof typeof policies]
        else result.unsupported.push(option)
        break
      case 'Prune':
        if (value === 'true' || value === 'false') result.prune = isOn
        else result.unsupported.push(option)
        break
      default:
        if (!always.has(option)) result.unsupported.push(option)
    }
  }
  return result
}

/** What an object's own annotation may ask for; what is so without asking is fine too. */
const ofObjects = new Set([
  ...always,
  'Prune=false',
  'Prune=true',
  'Delete=false',
  'Delete=true',
  'PruneLast=true',
  'Replace=true',
  'Replace=false',
  'SkipDryRunOnMissingResource=true',
])

/** The sync options of an object that have no effect here. */
export const ignoredObjectOptions = (options: readonly string[]): string[] =>
  options.filter(option => !ofObjects.has(option))
