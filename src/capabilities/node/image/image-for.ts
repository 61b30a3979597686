import type { Container } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { ImagePuller } from './image-puller.ts'
import type { ImageForm, ImageStore, LocalImage } from './image-store.ts'
import { PullError } from './pull-error.ts'
import { ImageReferenceError, parseReference } from './reference.ts'
import type { Keyring } from './registry/credentials.ts'
import { namesRegistry } from './registry/registry-place.ts'

interface ImageOrder {
  container: Pick<Container, 'image' | 'imagePullPolicy' | 'command'>
  form: ImageForm
  /** Whether a command may run from the host instead. */
  mayRunOnHost: boolean
  images: ImageStore
  puller: ImagePuller
  clock: Clock
  keyring(): Keyring
  event(reason: string, message: string): void
}

interface PullSituation {
  policy: string | undefined
  /** Whether the layout has the image, and whether it has it from a registry. */
  present: boolean
  pulled: boolean
  /** Whether the reference says which registry it is from. */
  named: boolean
  mayRunOnHost: boolean
}

/**
 * What to do about an image. One that was built here is its own newest version: `Always` asks the registry only for
 * what came from one. A command without an image of a named registry runs on the host where that is allowed.
 */
export function pullDecision(situation: PullSituation): 'use' | 'pull' | 'host' | 'never' {
  const { policy, present, pulled, named, mayRunOnHost } = situation
  if (present) return policy === 'Always' && pulled ? 'pull' : 'use'
  if (policy === 'Never') return 'never'
  return mayRunOnHost && !named ? 'host' : 'pull'
}

/** The image of a container, pulled if need be; undefined when its command is to run on the host. Throws PullError. */
export async function imageFor(order: ImageOrder): Promise<LocalImage | undefined> {
  const { container, images, form, event } = order
  const { image: name = '', imagePullPolicy: policy, command } = container
  const present = explained(name, () => images.layout.find(name))
  const decision = pullDecision({
    policy,
    present: present !== undefined,
    pulled: present !== undefined && images.isPulled(present),
    named: namesRegistry(explained(name, () => parseReference(name))),
    mayRunOnHost: order.mayRunOnHost && (command?.length ?? 0) > 0,
  })
  switch (decision) {
    case 'host':
      return undefined
    case 'never':
      throw new PullError(
        'ErrImageNeverPull',
        `Container image "${name}" is not present with pull policy of Never. ${remedy(order)}`,
      )
    case 'use':
      event('Pulled', `Container image "${name}" already present on machine`)
      break
    case 'pull':
      await pull(order, name)
  }
  try {
    const found = await images.find(name, form)
    if (!found) throw new Error('it was removed at once')
    return found
  } catch (error) {
    throw new PullError(
      'ErrImagePull',
      `image "${name}" cannot be unpacked: ${(error as Error).message}`,
      error,
    )
  }
}

async function pull(order: ImageOrder, name: string): Promise<void> {
  const { puller, clock, keyring, event } = order
  if (puller.defaultRegistry === '' && !namesRegistry(parseReference(name)))
    throw new PullError(
      'ErrImagePull',
      `image "${name}" is not on this node, which has no default registry to pull it from. ${remedy(order)}`,
    )
  event('Pulling', `Pulling image "${name}"`)
  const started = clock.elapsed()
  try {
    const { sizeBytes } = await puller.pull(name, keyring())
    const took = `${((clock.elapsed() - started) / 1000).toFixed(3)}s`
    event(
      'Pulled',
      `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${sizeBytes} bytes.`,
    )
  } catch (error) {
    throw new PullError('ErrImagePull', `${(error as Error).message}. ${remedy(order)}`, error)
  }
}

function explained<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { message } = error as Error
    if (error instanceof ImageReferenceError) throw new PullError('InvalidImageName', message, error)
    throw new PullError('ErrImagePull', `image "${name}": ${message}`, error)
  }
}

const remedy = ({ container: { image }, mayRunOnHost }: ImageOrder): string =>
  `Build it with \`drave image build DIR -t ${image}\`${mayRunOnHost ? ', or give the container a command that exists on this host' : ''}`
