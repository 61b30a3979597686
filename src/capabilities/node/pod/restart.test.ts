import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApiServer } from '../../../apiserver/api-server.ts'
import { RealClock } from '../../../kernel/clock.ts'
import { FileDataDirectory } from '../../../kernel/file-data-directory.ts'
import { FileEndpoints } from '../../../kernel/file-endpoints.ts'
import { LocalClient } from '../../../kernel/local-client.ts'
import { Metrics } from '../../../kernel/metrics.ts'
import { startStack } from '../../../kernel/stack.ts'
import { silentLog } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { ProcessRecords } from '../container/process-records.ts'
import { node } from '../index.ts'
import { assigning, isReady, statusOf } from '../testing.ts'

/** A program for node -e that does not end; `sleep` is not on every machine's path. */
const FOREVER = 'setInterval(() => {}, 1000)'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drave-node-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a restart of Drave', () => {
  it('stops the processes of pods and runs the same pods again', async () => {
    const clock = new RealClock()
    const api = await createApiServer({ clock, log: silentLog, storage: 'memory', admission: [] })
    const client = new LocalClient(api, 'test')
    using data = FileDataDirectory.open(directory)
    const start = () =>
      startStack([node, assigning], {
        clientFor: manager => new LocalClient(api, manager),
        clock,
        config: {
          dataDir: directory,
          host: '127.0.0.1',
          ephemeralPorts: true,
          port: () => 0,
          get: () => undefined,
        },
        dataDirectory: data,
        endpoints: new FileEndpoints(),
        log: silentLog,
        metrics: new Metrics(),
        ports: {},
        systemNamespace: 'drave-system',
      })
    const ref = { name: 'a', namespace: 'default' }
    const count =
      '[ -f "$DRAVE_MOUNT_KEPT/runs" ] && echo again; echo $$$$ >> "$DRAVE_MOUNT_KEPT/runs"; exec sleep 1000'
    // Disposed at the end too, so that a failure leaves no process behind.
    await using first = await start()
    await client.create(Pod, {
      metadata: ref,
      spec: {
        volumes: [{ name: 'kept', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            image: 'x',
            command: ['/bin/sh', '-c', count],
            volumeMounts: [{ name: 'kept', mountPath: '/kept' }],
          },
        ],
      },
    })
    const ready = (restarts: number) =>
      until(`readiness after ${restarts} restarts`, async () => {
        const pod = await client.get(Pod, ref)
        return isReady(pod) && statusOf(pod, 'main').restartCount === restarts && pod
      })
    const before = await ready(0)
    const runs = join(directory, 'node/pods', before.metadata.uid, 'volumes/kept/runs')
    const pid = Number(
      await until('the program', () => (existsSync(runs) && readFileSync(runs, 'utf8').trim()) || undefined),
    )
    expect(readdirSync(join(directory, 'node/processes'))).toEqual([`${pid}.json`])
    await first[Symbol.asyncDispose]()
    await until('the end of the process', () => hasEnded(pid))
    expect(readdirSync(join(directory, 'node/processes'))).toEqual([])

    await using second = await start()
    const after = await ready(1)
    expect(after.metadata.uid).toBe(before.metadata.uid)
    expect(after.status?.podIP).toBe(before.status?.podIP)
    expect(statusOf(after, 'main').lastState?.terminated).toMatchObject({ exitCode: 137 })
    await until('the second run', () => readFileSync(runs, 'utf8').trim().split('\n').length === 2)
    await second[Symbol.asyncDispose]()
    await api[Symbol.asyncDispose]()
  })

  it('kills process groups that a killed Drave left behind, and nobody else', async () => {
    const orphan = spawn('/bin/sh', ['-c', '"$0" -e "$1" & wait', process.execPath, FOREVER], {
      detached: true,
      stdio: 'ignore',
    })
    const other = spawn(process.execPath, ['-e', FOREVER], { detached: true, stdio: 'ignore' })
    try {
      const [pid = 0, otherPid = 0] = [orphan.pid, other.pid]
      const records = new ProcessRecords(directory)
      records.add(pid, { pod: 'u1', container: 'a' })
      records.add(otherPid, { pod: 'u2', container: 'a' })
      const file = join(directory, `${otherPid}.json`)
      // As if the number had been given to another process since.
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), started: '1' }))
      writeFileSync(join(directory, '1.json'), '{"pid":1,"started":"0"}')
      writeFileSync(join(directory, '2.json'), '{"pid":')

      expect(new ProcessRecords(directory).killLeftovers().map(record => record.pid)).toEqual([pid])
      await until('the end of the group', () => hasEnded(pid))
      expect(hasEnded(otherPid)).toBe(false)
      expect(readdirSync(directory)).toEqual([])
    } finally {
      other.kill('SIGKILL')
      orphan.kill('SIGKILL')
    }
  })
})

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return existsSync(`/proc/${pid}/stat`) && /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
