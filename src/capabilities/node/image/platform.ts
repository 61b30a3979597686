import { architecture } from '../registration/host-facts.ts'
import { type Descriptor, ImageLayoutError } from './layout.ts'

/** The variant of an image for this machine's architecture; containers are of Linux. Throws ImageLayoutError. */
export function forThisPlatform(manifests: readonly Descriptor[], reference: string): Descriptor {
  const wanted = architecture()
  const found = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === wanted)
  if (!found) throw new ImageLayoutError(`image "${reference}" has no variant for linux/${wanted}`)
  return found
}
