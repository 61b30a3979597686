import { resolve } from 'node:path'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../../../kernel/command.ts'
import { DEFAULT_BRANCH, Repository } from '../kinds/repository.ts'
import { columns, short } from './columns.ts'
import { printAs } from './print.ts'
import { waitFor } from './wait-for.ts'
import { showGit } from './work-tree.ts'

const SECONDS = 30

const nameIn = (context: CommandContext): string => {
  const [name] = context.args
  if (!name)
    throw new CliError('name a repository', {
      hint: 'list them with `drave repo list`',
      exitCode: USAGE_EXIT,
    })
  return name
}

async function urlOf(context: CommandContext): Promise<string> {
  const name = nameIn(context)
  const repository = await (await context.client()).find(Repository, { name })
  if (!repository)
    throw new CliError(`there is no repository ${name}`, { hint: `make it with: drave repo create ${name}` })
  return `${await context.endpoint('git')}/${name}.git`
}

const repoList: Command = {
  path: ['repo', 'list'],
  summary: 'List the repositories of the built-in Git server',
  examples: ['drave repo list'],
  async run(context) {
    const { items } = await (await context.client()).list(Repository)
    printAs(context, items, () =>
      items.length === 0
        ? 'There are no repositories. Make one with: drave repo create NAME'
        : columns(
            ['NAME', 'URL', 'HEAD', 'BRANCHES', 'DESCRIPTION'],
            items.map(({ metadata, spec, status }) => [
              metadata.name,
              status?.url ?? '',
              short(status?.head),
              (status?.branches ?? []).map(branch => branch.name).join(' '),
              spec.description ?? '',
            ]),
          ),
    )
  },
}

const repoCreate: Command = {
  path: ['repo', 'create'],
  summary: 'Make an empty repository on the built-in Git server',
  usage: 'NAME',
  examples: ['drave repo create shop --description "The shop\'s manifests"'],
  flags: {
    'default-branch': { summary: 'The branch that HEAD names', value: 'BRANCH', default: DEFAULT_BRANCH },
    description: { summary: 'What it holds', value: 'TEXT' },
  },
  async run(context) {
    const client = await context.client()
    const name = nameIn(context)
    const description = context.flag('description')
    await client.create(Repository, {
      metadata: { name },
      spec: { defaultBranch: context.flag('default-branch'), ...(description ? { description } : {}) },
    })
    const made = await waitFor<Repository>(client, {
      kind: Repository,
      ref: { name },
      what: `repository ${name}`,
      isOver: ({ status }) => (status?.conditions?.length ?? 0) > 0,
      seconds: SECONDS,
      signal: context.signal,
    })
    const problem = made.status?.conditions?.find(condition => condition.status === 'False')
    if (problem) throw new CliError(problem.message)
    printAs(context, made, () => made.status?.url ?? '')
    context.note(`clone it with: drave repo clone ${name}`)
  },
}

const repoUrl: Command = {
  path: ['repo', 'url'],
  summary: 'Print where a repository is cloned from and pushed to',
  usage: 'NAME',
  examples: ['git clone $(drave repo url meetups)'],
  async run(context) {
    context.print(await urlOf(context))
  },
}

const repoClone: Command = {
  path: ['repo', 'clone'],
  summary: 'Clone a repository and let git push to it with the token of this stack',
  usage: 'NAME [DIRECTORY]',
  examples: ['drave repo clone meetups', 'drave repo clone meetups /tmp/meetups'],
  async run(context) {
    const url = await urlOf(context)
    const directory = resolve(context.args[1] ?? nameIn(context))
    await showGit(['clone', '--', url, directory], context.signal)
    const { origin } = new URL(url)
    const configure = (key: string, value: string) =>
      showGit(['-C', directory, 'config', '--local', key, value], context.signal)
    // The helper reads the token when git asks: no secret is in the URL, the configuration or a command line.
    await configure(`credential.${origin}.helper`, credentialHelper(context.dataDir))
    await configure(`credential.${origin}.username`, 'drave')
    context.print(directory)
  },
}

/** The `!` makes git run it with a shell, in which every word is quoted. */
function credentialHelper(dataDir: string): string {
  const words = [process.execPath, process.argv[1] ?? 'drave', 'git-credential', '--data-dir', dataDir]
  return `!${words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`
}

export const repositoryCommands: readonly Command[] = [repoList, repoCreate, repoClone, repoUrl]
