import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const COUNT = 5
/** Counts aloud, and ends when its file is there. */
const counter = `
let count = 0
setInterval(() => console.log('line ' + ++count), 50)
setInterval(() => require('node:fs').existsSync(process.env.END) && process.exit(7), 50)
`

interface PodList {
  items: {
    metadata: { name: string; uid: string }
    status: {
      podIP: string
      containerStatuses: {
        containerID: string
        ready: boolean
        restartCount: number
        state: object
        lastState: { terminated?: { exitCode: number; reason: string } }
      }[]
    }
  }[]
}

describe.skipIf(process.platform !== 'linux')('pods that run when Drave is killed', () => {
  const drave = new Drave()
  const end = join(drave.folder, 'end')
  beforeAll(() => drave.up())
  afterAll(() => drave[Symbol.asyncDispose]())

  const pods = async () => (await drave.json<PodList>('get', 'pods')).items
  const processes = () =>
    execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter(line => line.includes(`'line '`))
      .map(line => Number(line.trim().split(' ')[0]))
  const linesOf = async (name: string) =>
    (await drave.kubectl('logs', name))
      .split('\n')
      .flatMap(line => /^line (\d+)$/.exec(line)?.[1] ?? [])
      .map(Number)

  it('run on, with their status, logs and probes', async () => {
    for (let index = 0; index < COUNT; index++) {
      const manifest = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `p${index}` },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'host',
              command: ['node', '-e', counter],
              env: [{ name: 'END', value: index === 0 ? end : '/nowhere' }],
              readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
            },
          ],
        },
      }
      writeFileSync(join(drave.folder, 'pod.json'), JSON.stringify(manifest))
      await drave.kubectl('create', '-f', join(drave.folder, 'pod.json'))
    }
    await drave.kubectl('wait', '--for=condition=Ready', 'pods', '--all', '--timeout=60s')
    const [before, running] = [await pods(), processes()]
    expect(running).toHaveLength(COUNT)
    const counted = (await linesOf('p1')).at(-1) ?? 0
    await drave.kill()
    expect(processes()).toEqual(running)

    await drave.up()
    await until('more lines', async () => ((await linesOf('p1')).at(-1) ?? 0) > counted + 20)
    const after = await pods()
    expect(processes()).toEqual(running)
    for (const [index, pod] of after.entries()) {
      const old = before[index]
      expect(pod.status.podIP).toBe(old?.status.podIP)
      expect(pod.status.containerStatuses).toEqual(old?.status.containerStatuses)
    }
    // What was said while nobody listened is there, but for the batch that the killed Drave held in its hands.
    const lines = await linesOf('p1')
    const missing = lines.filter((line, index) => index > 0 && line !== (lines[index - 1] ?? 0) + 1)
    expect(missing.length).toBeLessThanOrEqual(1)
    expect(await drave.kubectl('exec', 'p1', '--', 'echo', 'inside')).toBe('inside\n')
  })

  it('are told of honestly when they ended meanwhile, and start again', async () => {
    await drave.kill()
    writeFileSync(end, '')
    await until('the end of one', () => processes().length === COUNT - 1)
    execFileSync('rm', [end])
    await drave.up()
    await until('its next run', async () => {
      const [first] = await pods()
      return first?.status.containerStatuses[0]?.restartCount === 1
    })
    const [first] = await pods()
    expect(first?.status.containerStatuses[0]?.lastState.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    })
    await until('all to run', () => processes().length === COUNT)
  })

  it('end when they are deleted, and with an orderly stop', async () => {
    await drave.kubectl('delete', 'pod', 'p1', 'p2')
    expect(processes()).toHaveLength(COUNT - 2)
    expect(await drave.stop()).toBe(0)
    expect(processes()).toEqual([])
    expect(existsSync(join(drave.dataDir, 'node/processes'))).toBe(true)
    expect(readFileSync(join(drave.dataDir, 'node/name'), 'utf8')).not.toBe('')
  })
})
