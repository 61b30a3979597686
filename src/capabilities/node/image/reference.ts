/** A reference to an image cannot be used; the message says what is wrong with it. */
export class ImageReferenceError extends Error {
  override name = 'ImageReferenceError'
}

export interface ImageReference {
  /** Without registry defaults: `docker.io/library/nginx` is `nginx`. */
  repository: string
  tag: string
  digest?: string | undefined
}

// Grammar of distribution/reference: lower-case path components, a tag of at most 128 characters.
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const PATTERN = new RegExp(
  `^((?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?${COMPONENT}(?:/${COMPONENT})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?$`,
)

/** Parses `[HOST/]PATH[:TAG][@DIGEST]`. Throws ImageReferenceError. */
export function parseReference(text: string): ImageReference {
  const match = PATTERN.exec(text)
  const [, name, tag, digest] = match ?? []
  if (!name)
    throw new ImageReferenceError(
      `"${text}" is not an image reference: expected [HOST/]PATH[:TAG], the path in lower case`,
    )
  return {
    repository: name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, ''),
    tag: tag ?? 'latest',
    digest,
  }
}

export const isReference = (text: string): boolean => PATTERN.test(text)

/** `repository:tag`: the name under which an image is kept in the layout. */
export const referenceName = ({ repository, tag }: ImageReference): string => `${repository}:${tag}`
