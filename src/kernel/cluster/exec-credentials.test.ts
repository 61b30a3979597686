import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock.ts'
import { ExecCredentials } from './exec-credentials.ts'
import { execPluginOf } from './exec-plugin.ts'

const folder = mkdtempSync(join(tmpdir(), 'drave-exec-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const apiVersion = 'client.authentication.k8s.io/v1'
const runs = join(folder, 'runs')
const program = join(folder, 'program')
/** A program that notes each run and what it is told, and prints its argument with the number of the run put in. */
writeFileSync(
  program,
  `#!/bin/sh\necho "$EXTRA $KUBERNETES_EXEC_INFO" >> ${runs}\nn=$(wc -l < ${runs})\nprintf '%s' "$1" | sed "s/NUMBER/$((n))/"\nexit $2\n`,
)
chmodSync(program, 0o755)

function credentials(status: unknown, more: { exec?: object; code?: number; clock?: VirtualClock } = {}) {
  rmSync(runs, { force: true })
  const printed =
    typeof status === 'string' ? status : JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
  const exec = {
    apiVersion,
    command: program,
    args: [printed, String(more.code ?? 0)],
    env: [{ name: 'EXTRA', value: 'extra' }],
    interactiveMode: 'IfAvailable',
    installHint: 'install it',
    ...more.exec,
  }
  const cluster = {
    server: 'https://c',
    extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }],
  }
  return new ExecCredentials(execPluginOf(exec, cluster, 'test'), more.clock ?? new VirtualClock(), false)
}

describe('a program that says who the user is', () => {
  it('is run once for all who ask, until its proof expires or is refused', async () => {
    const clock = new VirtualClock()
    const expirationTimestamp = new Date(clock.now() + 60_000).toISOString()
    const given = credentials({ token: 'NUMBER', expirationTimestamp }, { clock })
    const [one, two] = await Promise.all([given.current(), given.current()])
    expect([one.token, two.token]).toEqual(['1', '1'])
    await clock.advance(59_000)
    expect((await given.current()).token).toBe('1')
    given.refused(one)
    // A late refusal of a proof that was replaced already changes nothing.
    const renewed = await given.current()
    given.refused(one)
    expect(await given.current()).toBe(renewed)
    await clock.advance(1_000)
    expect((await given.current()).token).toBe('3')
  })

  it('is told its variables, and the cluster where it asks for that', async () => {
    await credentials({ token: 't' }).current()
    expect(readFileSync(runs, 'utf8')).toBe(
      `extra {"kind":"ExecCredential","apiVersion":"${apiVersion}","spec":{"interactive":false}}\n`,
    )
    await credentials({ token: 't' }, { exec: { provideClusterInfo: true } }).current()
    expect(readFileSync(runs, 'utf8')).toContain(
      '"spec":{"cluster":{"server":"https://c","config":{"audience":"a"}},"interactive":false}',
    )
  })

  it.each([
    ['no proof', {}, {}, 'neither a token nor a client certificate'],
    ['half a certificate', { clientCertificateData: 'c' }, {}, 'without the other'],
    ['a bad time', { token: 't', expirationTimestamp: 'soon' }, {}, 'is not a time'],
    ['another kind', '{"kind":"Pod"}', {}, 'not client.authentication.k8s.io/v1 ExecCredential'],
    ['no JSON', 'secret', {}, 'not JSON'],
    ['an exit code', { token: 't' }, { code: 3 }, 'ended with 3'],
    ['no program', {}, { exec: { command: join(folder, 'nothing') } }, 'ENOENT'],
    ['no terminal', {}, { exec: { interactiveMode: 'Always' } }, 'needs a terminal'],
  ])('fails with %s', async (_, status, more, message) => {
    await expect(credentials(status, more).current()).rejects.toThrow(message)
  })
})
