import type { Client } from '../../kernel/client.ts'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../../kernel/command.ts'
import { Pod } from '../../kube/generated/core-v1.ts'

/** So many pods a hint names at most. */
const MAX_NAMED = 10

export const logs: Command = {
  path: ['logs'],
  summary: 'Print the log of a pod, or of all pods that a selector matches',
  usage: '[POD]',
  flags: {
    namespace: { summary: 'Namespace', short: 'n', value: 'NAME', default: 'default' },
    selector: { summary: 'Label selector instead of a pod name', short: 'l', value: 'SELECTOR' },
    container: { summary: 'Container, when the pod has several', short: 'c', value: 'NAME' },
    follow: { summary: 'Go on printing as lines arrive', short: 'f' },
    previous: { summary: 'The log of the container before its last restart', short: 'p' },
    tail: { summary: 'Only so many lines from the end', value: 'LINES' },
    since: { summary: 'Only the last seconds', value: 'SECONDS' },
    timestamps: { summary: 'Begin each line with its time' },
  },
  examples: [
    'drave logs meetups-7d4b9c-x2x8k -n meetups',
    'drave logs -l app=meetups -n meetups -f --tail 10',
  ],
  async run(context) {
    const pods = await podNames(context)
    const several = pods.length > 1
    await Promise.all(pods.map(pod => printLog(context, pod, several ? `[${pod}] ` : '')))
  },
}

async function podNames(context: CommandContext): Promise<string[]> {
  const [name] = context.args
  const labelSelector = context.flag('selector')
  const namespace = context.flag('namespace')
  if ((name === undefined) === (labelSelector === undefined))
    throw new CliError('name one pod, or give a selector with -l', { exitCode: USAGE_EXIT })
  if (name !== undefined) {
    const client = await context.client()
    if (!(await client.find(Pod, { name, namespace }))) throw await missing(client, name, namespace)
    return [name]
  }
  const { items } = await (await context.client()).list(Pod, { namespace, labelSelector })
  if (items.length === 0) throw new CliError(`no pod in namespace ${namespace} matches ${labelSelector}`)
  return items.map(pod => pod.metadata.name)
}

/** Says where a pod of the name is, or which ones the namespace has. */
async function missing(client: Client, name: string, namespace: string | undefined): Promise<CliError> {
  const { items } = await client.list(Pod)
  const elsewhere = items.find(pod => pod.metadata.name === name)?.metadata.namespace
  const here = items.filter(pod => pod.metadata.namespace === namespace).map(pod => pod.metadata.name)
  return new CliError(`there is no pod ${name} in namespace ${namespace}`, {
    hint: elsewhere
      ? `there is one in another: drave logs ${name} -n ${elsewhere}`
      : `there are ${here.slice(0, MAX_NAMED).join(', ') || 'none; name the namespace with -n'}`,
  })
}

async function printLog(context: CommandContext, pod: string, prefix: string): Promise<void> {
  const query = new URLSearchParams()
  const pass = (flag: string, parameter: string) => {
    const value = context.flag(flag)
    if (value !== undefined) query.set(parameter, value)
  }
  pass('container', 'container')
  pass('follow', 'follow')
  pass('previous', 'previous')
  pass('tail', 'tailLines')
  pass('since', 'sinceSeconds')
  pass('timestamps', 'timestamps')
  const namespace = encodeURIComponent(context.flag('namespace') ?? 'default')
  const body = await context.stream(
    `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/log?${query}`,
  )
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    if (prefix === '') {
      process.stdout.write(chunk)
      continue
    }
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) context.print(prefix + line)
  }
  if (rest !== '') context.print(prefix + rest)
}
