import { CliError } from '../command.ts'

/** `GET /version`, as far as it is used. */
export interface ServerVersion {
  major: string
  minor: string
  gitVersion: string
}

/** The first version whose API is as the capabilities use it. */
const OLDEST = { major: 1, minor: 28 }

/** Throws CliError when the API server is older than what Drave runs against; a vendor's suffix (`28+`) does not matter. */
export function requireVersion({ major, minor, gitVersion }: ServerVersion, server: string): void {
  const numbers = { major: Number.parseInt(major, 10), minor: Number.parseInt(minor, 10) }
  const isOld =
    numbers.major < OLDEST.major || (numbers.major === OLDEST.major && numbers.minor < OLDEST.minor)
  if (!isOld) return
  throw new CliError(
    `${server} is Kubernetes ${gitVersion}; Drave needs ${OLDEST.major}.${OLDEST.minor} or newer`,
    { hint: 'upgrade the cluster, or run the manifests on Drave’s own API server: `drave up`' },
  )
}
