export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'

/** Of OCI, and of Docker's schema 2, which has the same fields. */
export const MANIFEST_TYPES: readonly string[] = [
  MANIFEST_TYPE,
  'application/vnd.docker.distribution.manifest.v2+json',
]
const INDEX_TYPES: readonly string[] = [
  INDEX_TYPE,
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** Everything that names other blobs. */
export const LISTING_TYPES: readonly string[] = [...MANIFEST_TYPES, ...INDEX_TYPES]

export const isIndex = ({ mediaType }: { mediaType: string }): boolean => INDEX_TYPES.includes(mediaType)
