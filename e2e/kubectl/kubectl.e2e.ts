import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave } from '../drave.ts'
import { type Kubectl, presentKubectls } from './kubectls.ts'
import { hasReference, Reference } from './reference.ts'
import { type Played, type Player, runSession } from './run-session.ts'
import { formatSession, parseSession, type Step } from './session.ts'

const folder = new URL('./sessions/', import.meta.url).pathname
const sessions = readdirSync(folder)
  .filter(file => file.endsWith('.txt'))
  .map(file => ({
    name: file.replace('.txt', ''),
    path: join(folder, file),
    entries: parseSession(readFileSync(join(folder, file), 'utf8')),
  }))
const kubectls = presentKubectls()
const newest = kubectls.at(-1)
/** The real server is asked by the oldest and the newest kubectl; the others' answers are held against the recorded ones. */
const isCompared = (kubectl: Kubectl) => hasReference() && (kubectl === kubectls[0] || kubectl === newest)
/** The minor version of kubectl that the expectations in the files were recorded with. */
const RECORDED_WITH = 36
/** RECORD=1 writes what the reference prints into the files. */
const records = process.env.RECORD === '1'

it('finds a kubectl', () => {
  if (!newest) console.log('no kubectl in PATH or DRAVE_KUBECTLS: its suite is not run')
})
if (!hasReference())
  console.log(
    'KUBE_APISERVER, ETCD and KUBE_CONTROLLER_MANAGER name no real server: answers are held against the recorded ones',
  )

/** Texts of kubectl itself change from version to version, the server's do not. */
const isOfServer = (line: string) => !/^! (Warning|Flag|error: |See |Usage)/.test(line)

describe.each(kubectls)('kubectl 1.$minor', kubectl => {
  const drave = new Drave()
  let reference: Reference | undefined
  let commands = 0
  beforeAll(async () => {
    await drave.up('--only', 'apiserver,workloads', '--no-console')
    if (!isCompared(kubectl)) return
    reference = new Reference()
    await reference.start()
  })
  afterAll(async () => {
    console.log(
      `kubectl 1.${kubectl.minor}: ${commands} commands in ${sessions.length} sessions${reference ? ', each compared with kube-apiserver' : ''}`,
    )
    await drave[Symbol.asyncDispose]()
    await reference?.[Symbol.asyncDispose]()
  })

  it.each(sessions)('$name', async ({ name, path, entries }) => {
    const recorded = await play(kubectl, name, entries)
    const expectedOf = (step: Step) => recorded?.get(step) ?? step.expected
    if (records && recorded && kubectl.minor === RECORDED_WITH)
      writeFileSync(path, formatSession(entries, expectedOf))
    const played = await runSession(
      {
        kubectl,
        kubeconfig: join(drave.dataDir, 'kubeconfig'),
        server: drave.endpoint('kubernetes'),
        folder: drave.folder,
      },
      name,
      entries,
      step => (step.differs ? undefined : expectedOf(step)),
    )
    commands += played.length
    const comparable = (lines: readonly string[]) =>
      recorded || kubectl.minor === RECORDED_WITH ? lines : lines.filter(isOfServer)
    for (const { step, printed } of played) {
      if (step.differs) continue
      expect.soft(comparable(printed), step.line).toEqual(comparable(expectedOf(step)))
    }
  })

  /** What the real server answers, where there is one. */
  async function play(kubectl: Kubectl, name: string, entries: ReturnType<typeof parseSession>) {
    if (!reference) return undefined
    const player: Player = {
      kubectl,
      kubeconfig: reference.kubeconfig,
      server: reference.server,
      folder: reference.folder,
    }
    const played: Played[] = await runSession(player, name, entries, step =>
      step.expected.length > 0 && kubectl.minor === RECORDED_WITH ? step.expected : undefined,
    )
    return new Map(played.map(({ step, printed }) => [step, printed]))
  }
})
