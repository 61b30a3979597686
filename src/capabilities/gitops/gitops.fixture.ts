import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { ConfigMap } from '../../kube/generated/core-v1.ts'
import { commit, gitClient, temporaryFolder } from './git/git.fixture.ts'
import { gitops } from './index.ts'
import { Application, type ApplicationSpec } from './kinds/generated/application.ts'
import { Repository } from './kinds/repository.ts'

/** A manifest of a ConfigMap; `more` is YAML within its metadata. */
export const configMap = (name: string, data: Record<string, string>, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data: ${JSON.stringify(data)}\n`

/** Foreground deletion would need the garbage collector, which is another capability's. */
export const automated = {
  automated: { prune: true, selfHeal: true },
  syncOptions: ['PrunePropagationPolicy=background'],
}

/** A kernel with this capability, a repository `site` on its Git server, and a work tree that can push to it. */
export class GitopsFixture implements AsyncDisposable {
  readonly test: TestKernel
  readonly url: string
  readonly work: string
  readonly #folder: ReturnType<typeof temporaryFolder>

  private constructor(test: TestKernel, url: string, folder: ReturnType<typeof temporaryFolder>) {
    this.test = test
    this.url = url
    this.#folder = folder
    this.work = join(folder.path, 'work')
  }

  static async start(options: { clock?: Clock } = {}): Promise<GitopsFixture> {
    const test = await startTestKernel({ capabilities: [gitops], ...options })
    const { client, dataDirectory } = test.kernel
    writeFileSync(join(dataDirectory.path, 'token'), 's3cret')
    await client.create(Repository, { metadata: { name: 'site' }, spec: {} })
    const ready = await until('the repository', async () => {
      const { status } = await client.get(Repository, { name: 'site' })
      return status?.conditions?.[0]?.status === 'True' ? status : undefined
    })
    const fixture = new GitopsFixture(test, ready.url ?? '', temporaryFolder())
    mkdirSync(fixture.work)
    await gitClient(fixture.work, 'init', '--quiet', '--initial-branch=main')
    const remote = fixture.url.replace('http://', 'http://x:s3cret@')
    await gitClient(fixture.work, 'remote', 'add', 'origin', remote)
    return fixture
  }

  get client() {
    return this.test.kernel.client
  }

  async push(files: Record<string, string | null>, branch = 'main'): Promise<string> {
    const head = commit(this.work, files)
    await gitClient(this.work, 'push', '--quiet', '--force', 'origin', `HEAD:${branch}`)
    return head
  }

  apply(spec: Partial<ApplicationSpec>, metadata = {}): Promise<Application> {
    return this.client.create(Application, {
      metadata: { name: 'site', namespace: 'argocd', ...metadata },
      spec: {
        project: 'default',
        destination: { namespace: 'default' },
        source: { repoURL: this.url, path: 'app' },
        ...spec,
      },
    })
  }

  app(): Promise<Application> {
    return this.client.get(Application, { name: 'site', namespace: 'argocd' })
  }

  /** Waits for a state of the Application; a failure shows its status. */
  appThat(
    what: string,
    holds: (status: NonNullable<Application['status']>) => boolean,
  ): Promise<Application> {
    return until(what, async () => {
      const object = await this.app()
      if (holds(object.status ?? {})) return object
      throw new Error(JSON.stringify(object.status, undefined, 1))
    })
  }

  syncedTo(revision: string): Promise<Application> {
    return this.appThat(
      `revision ${revision}`,
      ({ sync, operationState }) =>
        sync?.status === 'Synced' && sync.revision === revision && operationState?.phase !== 'Running',
    )
  }

  config(name: string, namespace = 'default'): Promise<ConfigMap | undefined> {
    return this.client.find(ConfigMap, { name, namespace })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]()
    this.#folder[Symbol.dispose]()
  }
}
