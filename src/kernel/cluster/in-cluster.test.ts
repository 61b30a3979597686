import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock.ts'
import { inClusterAccess } from './in-cluster.ts'

const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

describe('access from inside a pod', () => {
  it('comes from what the kubelet mounts', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'drave-account-'))
    const clock = new VirtualClock()
    expect(() => inClusterAccess(environment, clock, directory)).toThrow('not in a pod')
    writeFileSync(join(directory, 'token'), 'first')
    writeFileSync(join(directory, 'namespace'), 'tools\n')
    writeFileSync(join(directory, 'ca.crt'), 'authority')
    expect(() => inClusterAccess({}, clock, directory)).toThrow('not in a pod')
    const access = inClusterAccess(environment, clock, directory)
    expect(access).toMatchObject({ server: 'https://10.0.0.1:443', ca: 'authority', namespace: 'tools' })
    expect(await access.credentials?.current()).toEqual({ token: 'first' })
    writeFileSync(join(directory, 'token'), 'second')
    await clock.advance(60_000)
    expect(await access.credentials?.current()).toEqual({ token: 'second' })
    const ipv6 = { ...environment, KUBERNETES_SERVICE_HOST: 'fd00::1' }
    expect(inClusterAccess(ipv6, clock, directory).server).toBe('https://[fd00::1]:443')
    rmSync(directory, { recursive: true })
  })
})
