import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave } from '../drave.ts'
import { freePort } from '../free-port.ts'
import { ClientProgram } from './client-program.ts'
import { goOperator, nodeClient, pythonClient } from './toolchain.ts'

const drave = new Drave()
const port = String(await freePort())
const up = () => drave.up('--no-console', '--api-port', port)
const [node, python, go] = [await nodeClient(), await pythonClient(), await goOperator()]
beforeAll(up)
afterAll(async () => {
  await drave[Symbol.asyncDispose]()
  for (const each of [node, python, go]) each.remove()
})
const kubeconfig = () => join(drave.dataDir, 'kubeconfig')

describe('clients that nobody here wrote', () => {
  it.skipIf(node.missing)('@kubernetes/client-node', async () => {
    await using client = new ClientProgram(node, [], kubeconfig())
    await client.says('\nrestart\n')
    await drave.kill()
    await up()
    client.continue()
    expect(await client.ended, client.output).toBe(0)
    expect(client.held).toEqual([
      'informer',
      'informer over a restart of the server',
      'watch',
      'every patch',
      'custom objects',
      'exec with its exit code',
      'attach',
      'port-forward',
      'log that follows',
    ])
  })

  it.skipIf(python.missing)('kubernetes of Python', async () => {
    await using client = new ClientProgram(python, [], kubeconfig())
    expect(await client.ended, client.output).toBe(0)
    expect(client.held).toEqual([
      'list and watch',
      'dynamic client',
      'server side apply',
      'exec stream',
      'eviction',
    ])
  })

  it.skipIf(go.missing)('client-go', async () => {
    await using client = new ClientProgram(go, ['-config', kubeconfig(), 'check'], kubeconfig())
    expect(await client.ended, client.output).toBe(0)
    expect(client.held).toEqual([
      'typed client with protobuf',
      'informer by streaming list',
      'retry on conflict',
      'paged list',
      'discovery, mapper and dynamic client',
    ])
  })
})
