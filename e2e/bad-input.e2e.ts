import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, get, until } from './drave.ts'

const drave = new Drave()
afterAll(() => drave[Symbol.asyncDispose]())

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec: {gatewayClassName: drave, listeners: [{name: http, port: 8000, protocol: HTTP}]}
`

beforeAll(async () => {
  const manifests = join(drave.folder, 'manifests')
  mkdirSync(manifests)
  writeFileSync(join(manifests, 'gateway.yaml'), gateway)
  writeFileSync(join(manifests, 'broken.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n')
  writeFileSync(
    join(manifests, 'unknown.yaml'),
    'apiVersion: example.org/v1\nkind: Spaceship\nmetadata: {name: a}\n',
  )
  writeFileSync(
    join(manifests, 'schema.yaml'),
    '# one\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: many}\n',
  )
  writeFileSync(
    join(manifests, 'stored.yaml'),
    'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 10\n',
  )
  await drave.up('--no-console', 'manifests')
  await until('the gateway', () => drave.endpoint('gateway'))
})

describe('drave up DIR', () => {
  it('says what it recognised, what it only keeps, and what it refused, with file and line', async () => {
    await until('the summary', () => drave.output.includes('refused ('))
    expect(drave.output).toContain('recognised (1):\n  Gateway front')
    expect(drave.output).toMatch(/nothing in Drave acts on them \(1\):\n {2}PriorityClass high/)
    expect(drave.output).toMatch(/manifests\/broken\.yaml:\d: not valid YAML/)
    expect(drave.output).toContain(
      'manifests/unknown.yaml:1: Spaceship a: no kind "Spaceship" in example.org/v1 is served',
    )
    expect(drave.output).toMatch(/manifests\/schema\.yaml:2: Deployment a: .*spec\.replicas/)
  })
})

describe('what is in the way', () => {
  it('refuses a data directory that another process holds', async () => {
    const { code, stderr } = await drave.fail('up', '--ephemeral-ports')
    expect(code).toBe(1)
    expect(stderr).toContain(`is in use by process ${drave.pid}`)
    expect(stderr).toContain('hint:')
  })

  it('refuses a data directory of a newer version', async () => {
    const newer = join(drave.folder, 'newer')
    mkdirSync(newer)
    writeFileSync(join(newer, 'format'), '99\n')
    expect((await drave.fail('up', '--ephemeral-ports', '--data-dir', newer)).stderr).toContain(
      'has format 99',
    )
  })

  it('names the port that is in use', async () => {
    const { port } = new URL(drave.endpoint('kubernetes'))
    const other = join(drave.folder, 'other')
    const { code, stderr } = await drave.fail(
      'up',
      '--ephemeral-ports',
      '--api-port',
      port,
      '--data-dir',
      other,
    )
    expect(code).toBe(1)
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}`)
    expect(stderr).toContain('--api-port')
  })

  it('refuses a path that is not there before it starts anything', async () => {
    expect((await drave.fail('up', 'no-such-folder')).stderr).toContain(
      'no-such-folder: no such file or directory',
    )
  })

  it('helps with a mistyped verb or flag', async () => {
    expect(await drave.fail('stauts')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('did you mean `drave status`?'),
    })
    expect(await drave.fail('status', '--outptu', 'json')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--output'),
    })
  })
})

describe('a verb that is given what is not there', () => {
  it('refuses words that it does not read', async () => {
    expect(await drave.fail('app', 'list', 'kube-system')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('does not know what to do with "kube-system"'),
    })
  })

  it('says which pods there are instead', async () => {
    const { code, stderr } = await drave.fail('logs', 'nobody', '-n', 'default')
    expect(code).toBe(1)
    expect(stderr).toContain('there is no pod nobody in namespace default\nhint: ')
  })

  it('tells the state in every format', async () => {
    expect(JSON.parse(await drave.run('status', '-o', 'json'))).toMatchObject({ running: true })
    expect(await drave.run('status', '-o', 'yaml')).toMatch(/^running: true\n/)
  })
})

describe('a client that misbehaves', () => {
  const talk = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(drave.endpoint('gateway'))
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text))
      let answer = ''
      socket.on('data', chunk => {
        answer += chunk
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', error => (answer ? resolve(answer) : reject(error)))
    })
  const stillServes = async () => expect((await get(drave.endpoint('gateway'))).status).toBe(404)

  it('gets 431 from the gateway for a header of 1 MB', async () => {
    expect(await talk(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
    await stillServes()
  })

  it('gets 400 from the gateway for two lengths', async () => {
    expect(
      await talk('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 400 /)
    await stillServes()
  })

  it('is cut off when it sends half a request, and disturbs nobody', async () => {
    const { hostname, port } = new URL(drave.endpoint('gateway'))
    const half = connect({ host: hostname, port: Number(port) }, () => half.write('GET / HTT'))
    await stillServes()
    half.destroy()
  })

  it('gets 431 from the API server for a header of 1 MB', async () => {
    const { hostname, port } = new URL(drave.endpoint('kubernetes'))
    const answer = await new Promise<string>(resolve => {
      let text = ''
      const socket = tlsConnect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () =>
        socket.write(`GET /version HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
      )
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.on('error', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(await drave.kubectl('version', '-o', 'json')).toContain('serverVersion')
  })
})

describe('the end', () => {
  it('comes cleanly on SIGTERM', async () => {
    expect(await drave.stop()).toBe(0)
    expect((await drave.fail('status')).code).toBe(3)
  })
})
