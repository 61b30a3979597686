import type { Kernel, Service } from '../../../kernel/capability.ts'
import { publishSystemService } from '../../../kernel/system-service.ts'
import { collectGarbage } from '../git/garbage.ts'
import { gitopsOf } from '../gitops.ts'
import { jsonAnswers } from './json-answers.ts'
import { GitServer } from './git-server.ts'

const SERVICE_PORT = 8180
/** The largest push, and the largest request of any kind. */
const MAX_BODY_BYTES = 512 * 1024 * 1024

/** The built-in Git server: listener `git`, Service `git`, endpoint `git`. */
export const gitService = (kernel: Kernel): Service => ({
  name: 'git',
  async start() {
    const { git, local, sources, tokenFile } = gitopsOf(kernel)
    await git.requireVersion()
    const requests = kernel.metrics.counter({
      name: 'drave_gitops_git_requests_total',
      help: 'Requests to the built-in Git server by service and outcome.',
      labelNames: ['service', 'outcome'],
    })
    const server = new GitServer({
      git,
      local,
      tokenFile,
      log: kernel.log.child({ part: 'git-server' }),
      maxBodyBytes: MAX_BODY_BYTES,
      answers: jsonAnswers(kernel),
      count: (service, outcome) => requests.inc({ service, outcome }),
    })
    const { host } = kernel.config
    const port = await server.listen(host, kernel.config.port('git'))
    const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const names = [
      `git.${kernel.systemNamespace}`,
      `git.${kernel.systemNamespace}.svc`,
      `git.${kernel.systemNamespace}.svc.cluster.local`,
    ]
    for (const name of [address, '127.0.0.1', 'localhost']) sources.addOwnHost(`${name}:${port}`)
    for (const name of names) sources.addOwnHost(`${name}:${SERVICE_PORT}`)
    await publishSystemService(kernel, { name: 'git', port: SERVICE_PORT, address, targetPort: port })
    kernel.endpoints.publish('git', `http://${address}:${port}`)
    const garbage = collectAfterPushes(kernel)
    return {
      async [Symbol.asyncDispose]() {
        garbage[Symbol.dispose]()
        kernel.endpoints.withdraw('git')
        await server[Symbol.asyncDispose]()
        sources[Symbol.dispose]()
        local[Symbol.dispose]()
      },
    }
  },
})

/** How long after a push a repository is looked after, so that pushing itself stays quick. */
const GARBAGE_DELAY_MS = 60_000

function collectAfterPushes(kernel: Kernel): Disposable {
  const { git, local } = gitopsOf(kernel)
  const pending = new Map<string, Disposable>()
  const pushes = local.onChange(name => {
    if (pending.has(name)) return
    const timer = kernel.clock.after(GARBAGE_DELAY_MS, () => {
      pending.delete(name)
      if (!local.has(name)) return
      collectGarbage(git, local.directoryOf(name)).catch(error =>
        kernel.log.warn({ err: error, repository: name }, 'git gc failed'),
      )
    })
    pending.set(name, timer)
  })
  return {
    [Symbol.dispose]() {
      pushes[Symbol.dispose]()
      for (const timer of pending.values()) timer[Symbol.dispose]()
    },
  }
}
