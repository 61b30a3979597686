import type { Container } from '../../../kube/generated/core-v1.ts'
import type { ImageForm, ImageStore, LocalImage } from './image-store.ts'
import { PullError } from './pull-error.ts'
import { ImageReferenceError } from './reference.ts'

/**
 * The image of a container, or undefined when its command is to run on the host because this node has no such
 * image. Throws PullError. Nothing is pulled from anywhere: `Always` and `IfNotPresent` both mean the image that
 * the layout has under that name now.
 */
export async function imageFor(
  container: Container,
  images: ImageStore,
  form: ImageForm = 'shared',
): Promise<LocalImage | undefined> {
  const { image: name = '', command, imagePullPolicy } = container
  let found: LocalImage | undefined
  try {
    found = name === '' ? undefined : await images.find(name, form)
  } catch (error) {
    const { message } = error as Error
    if (error instanceof ImageReferenceError) throw new PullError('InvalidImageName', message, error)
    throw new PullError('ErrImagePull', `image "${name}" cannot be unpacked: ${message}`, error)
  }
  if (found) return found
  if (imagePullPolicy === 'Never')
    throw new PullError(
      'ErrImageNeverPull',
      `Container image "${name}" is not present with pull policy of Never. ${remedy(name)}`,
    )
  if (command?.length) return undefined
  throw new PullError(
    'ErrImagePull',
    `image "${name}" is not on this node, which pulls from no registry. ${remedy(name)}`,
  )
}

/** The files of an image that a volume names. Throws PullError. */
export async function imageRoot(
  reference: string,
  pullPolicy: string | undefined,
  images: ImageStore,
): Promise<string> {
  const container = { name: '', image: reference, imagePullPolicy: pullPolicy }
  const image = await imageFor(container, images)
  if (!image) throw new PullError('ErrImagePull', `image "${reference}" is not on this node`)
  return image.root
}

const remedy = (name: string): string =>
  `Build it with \`drave image build DIR -t ${name}\`, or give the container a command that exists on this host`
