import { isJsonObject } from '../../../../kube/schema/schema.ts'
import type { Image } from './kustomization.ts'

interface ImageName {
  name: string
  tag: string | undefined
  digest: string | undefined
}

/** Splits `host:5000/a/b:tag@sha256:…`. */
export function parseImage(image: string): ImageName {
  const at = image.indexOf('@')
  const digest = at < 0 ? undefined : image.slice(at + 1)
  const rest = at < 0 ? image : image.slice(0, at)
  const colon = rest.lastIndexOf(':')
  // A colon before the last slash belongs to the registry's port.
  const hasTag = colon > rest.lastIndexOf('/')
  return {
    name: hasTag ? rest.slice(0, colon) : rest,
    tag: hasTag ? rest.slice(colon + 1) : undefined,
    digest,
  }
}

/** The image as the first matching rule changes it. */
export function changeImage(image: string, rule: Image): string {
  const current = parseImage(image)
  if (current.name !== rule.name) return image
  const name = rule.newName ?? current.name
  let { tag, digest } = current
  if (rule.newTag !== undefined || rule.digest !== undefined) {
    tag = rule.newTag
    digest = rule.digest
  }
  return `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`
}

/** Changes the images of all containers, wherever in the object a list of containers is. */
export function changeImages(node: unknown, rule: Image): void {
  if (Array.isArray(node)) {
    for (const item of node) changeImages(item, rule)
    return
  }
  if (!isJsonObject(node)) return
  for (const [key, value] of Object.entries(node)) {
    if ((key === 'containers' || key === 'initContainers') && Array.isArray(value))
      for (const container of value)
        if (isJsonObject(container) && typeof container['image'] === 'string')
          container['image'] = changeImage(container['image'], rule)
    changeImages(value, rule)
  }
}

/** The `[old=]new[:tag][@digest]` of `kustomize edit set image` and of an Application's `kustomize.images`. */
export function parseImageOverride(text: string): Image {
  const equals = text.indexOf('=')
  const { name, tag, digest } = parseImage(text.slice(equals + 1))
  return {
    name: equals < 0 ? name : parseImage(text.slice(0, equals)).name,
    ...(equals < 0 ? {} : { newName: name }),
    ...(tag === undefined ? {} : { newTag: tag }),
    ...(digest === undefined ? {} : { digest }),
  }
}
