import { expect, it } from 'vitest'
import { connectOptions, queryOf } from './connect-options.ts'

it.each([
  [
    'pods/exec',
    'command=sh&command=-c&stdin=true&stdout=1&tty=false&container=main',
    undefined,
    { kind: 'PodExecOptions', command: ['sh', '-c'], stdin: true, stdout: true, container: 'main' },
  ],
  ['pods/attach', 'stdout=true&command=x', undefined, { kind: 'PodAttachOptions', stdout: true }],
  [
    'pods/portforward',
    'ports=80&ports=81,82',
    undefined,
    { kind: 'PodPortForwardOptions', ports: [80, 81, 82] },
  ],
  ['services/proxy', 'q=1', 'a/b', { kind: 'ServiceProxyOptions', path: '/a/b' }],
  ['nodes/proxy', '', undefined, { kind: 'NodeProxyOptions' }],
])('%s?%s is shown as an object', (label, query, rest, expected) => {
  expect(connectOptions(label, new URLSearchParams(query), rest)).toEqual({ apiVersion: 'v1', ...expected })
})

it('shows nothing of what opens no connection', () => {
  expect(connectOptions('pods/log', new URLSearchParams(), undefined)).toBeUndefined()
})

it('takes changes over into the query', () => {
  const query = new URLSearchParams('command=sh&stdin=true&other=1')
  const changed = queryOf('pods/exec', { command: ['ls', '-l'], container: 'main' }, query)
  expect(changed.toString()).toBe('other=1&container=main&command=ls&command=-l')
})
