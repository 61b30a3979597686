import type { ResourcePath } from '../http/route.ts'
import type { ApiServices, Extension } from './api-services.ts'

const VERSION_ROOT = /^\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))\/?$/

/**
 * The extension server that a request's path leads to. Only paths that both servers read the same way do: what one
 * takes for a part of a name must not be a separator to the other, since each decides by itself who may go there.
 */
export function extensionAt(
  apiServices: ApiServices,
  path: string,
  target: ResourcePath | undefined,
): Extension | undefined {
  if (target) {
    const extension = apiServices.extensionFor(target.group, target.version)
    return extension && /%2f/i.test(path) ? undefined : extension
  }
  const [, coreVersion, group = '', version = ''] = VERSION_ROOT.exec(path) ?? []
  return coreVersion === undefined && version === ''
    ? undefined
    : apiServices.extensionFor(group, coreVersion ?? version)
}
