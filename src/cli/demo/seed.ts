import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application } from '../../capabilities/gitops/kinds/generated/application.ts'
import { Repository } from '../../capabilities/gitops/kinds/repository.ts'
import { buildImage } from '../../capabilities/node/image/build.ts'
import { ImageLayout } from '../../capabilities/node/image/layout.ts'
import { Rollout } from '../../capabilities/rollouts/kinds/generated/rollout.ts'
import type { Kernel } from '../../kernel/capability.ts'
import { CliError, type CommandContext } from '../../kernel/command.ts'
import { Namespace } from '../../kube/generated/core-v1.ts'
import { parseManifests } from '../../kube/manifest.ts'
import { isAlreadyExists } from '../../kube/status.ts'
import { packageRoot } from '../package-root.ts'
import { type Demo, readDemo } from './demo-file.ts'
import { makeWorkTree, type WorkTree } from './seed-repository.ts'

const POLL_MS = 100
const REPOSITORY_DEADLINE_MS = 30_000
const HEALTHY_DEADLINE_MS = 120_000

/** Sets up the example once: images, repository with its branches, Application. A second start finds it there. */
export async function seedDemo(kernel: Kernel, context: CommandContext): Promise<void> {
  const folder = join(packageRoot(), 'examples', 'meetups')
  const demo = readDemo(folder)
  const existing = await kernel.client.find(Repository, { name: demo.repository })
  if (existing?.status?.head) context.note(`example: repository ${demo.repository} is there already`)
  else {
    using tree = await makeWorkTree(folder, demo)
    await buildImages(kernel, context, demo, tree)
    await pushRepository(kernel, context, demo, tree)
  }
  const application = await applyApplication(kernel, join(folder, demo.application))
  await untilHealthy(kernel, context, application)
  printNextSteps(context, demo, kernel.endpoints.get('gateway'))
}

async function buildImages(
  kernel: Kernel,
  context: CommandContext,
  demo: Demo,
  tree: WorkTree,
): Promise<void> {
  const layout = new ImageLayout(kernel.dataDirectory.folder('images'))
  for (const image of demo.images) {
    context.signal.throwIfAborted()
    await tree.checkout(image.branch ?? demo.defaultBranch)
    const { digest, files } = await buildImage({
      directory: join(tree.path, image.folder),
      name: image.name,
      layout,
    })
    context.note(`example: image ${image.name} (${files} files, ${digest.slice(0, 19)})`)
  }
  await tree.checkout(demo.defaultBranch)
}

async function pushRepository(
  kernel: Kernel,
  context: CommandContext,
  demo: Demo,
  tree: WorkTree,
): Promise<void> {
  const { client, clock } = kernel
  const spec = { defaultBranch: demo.defaultBranch, description: 'The example of `drave up --demo`' }
  await client.create(Repository, { metadata: { name: demo.repository }, spec }).catch(error => {
    if (!isAlreadyExists(error)) throw error
  })
  const deadline = clock.elapsed() + REPOSITORY_DEADLINE_MS
  for (;;) {
    const repository = await client.get(Repository, { name: demo.repository })
    if (repository.status?.url) {
      const token = readFileSync(join(kernel.dataDirectory.path, 'token'), 'utf8').trim()
      await tree.push(repository.status.url, token)
      context.note(`example: repository ${repository.status.url} with ${demo.branches.length + 1} branches`)
      return
    }
    if (clock.elapsed() > deadline)
      throw new CliError(
        `repository ${demo.repository} was not made within ${REPOSITORY_DEADLINE_MS / 1000} s`,
      )
    await clock.sleep(POLL_MS, context.signal)
  }
}

async function applyApplication({ client }: Kernel, file: string): Promise<Application> {
  const [manifest] = parseManifests(readFileSync(file, 'utf8'), file)
  if (!manifest) throw new CliError(`${file} holds no Application`)
  const { object } = manifest
  const ref = { name: object.metadata.name ?? '', namespace: object.metadata.namespace ?? 'argocd' }
  await client.create(Namespace, { metadata: { name: ref.namespace }, spec: {} }).catch(error => {
    if (!isAlreadyExists(error)) throw error
  })
  return client.patch(Application, ref, object, { type: 'apply', force: true, fieldManager: 'drave-demo' })
}

/** Waits for the first version to serve, saying what it waits for; a demo that is slow to come up is left running. */
async function untilHealthy(
  { client, clock }: Kernel,
  context: CommandContext,
  { metadata }: Application,
): Promise<void> {
  const deadline = clock.elapsed() + HEALTHY_DEADLINE_MS
  let said = ''
  while (clock.elapsed() < deadline) {
    const { status, spec } = await client.get(Application, metadata)
    const rollouts = await client.list(Rollout, { namespace: spec.destination.namespace })
    const phase = rollouts.items[0]?.status?.phase ?? 'not there yet'
    if (status?.health?.status === 'Healthy' && status.sync?.status === 'Synced') return
    const state = `${status?.sync?.status ?? 'not compared yet'}, rollout ${phase}`
    if (state !== said) context.note(`example: application ${metadata.name}: ${state}`)
    said = state
    await clock.sleep(POLL_MS, context.signal)
  }
  context.note(
    `example: application ${metadata.name} is not healthy after ${HEALTHY_DEADLINE_MS / 1000} s; \`drave app get ${metadata.name}\` says why`,
  )
}

function printNextSteps(context: CommandContext, demo: Demo, site: string | undefined): void {
  const width = Math.max(...demo.branches.map(branch => branch.name.length))
  context.print('')
  context.print(
    `The example runs. Its visitors are on it${site ? `, at ${site}` : ''}. Next, in another terminal:`,
  )
  context.print('')
  for (const { name, title } of demo.branches)
    context.print(`  drave pr open ${demo.repository} ${name.padEnd(width)}   # ${title}`)
  context.print(`  drave pr merge 1 && drave rollout get ${demo.repository} -n ${demo.repository} -w`)
  context.print('')
}
