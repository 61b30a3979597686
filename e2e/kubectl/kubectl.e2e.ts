import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { Drave } from '../drave.ts'
import { type Kubectl, presentKubectls } from './kubectls.ts'
import { Recording } from './recording.ts'
import { hasReference, Reference } from './reference.ts'
import { forgetSession, runSession } from './run-session.ts'
import { expectedOf, parseSession, type Step } from './session.ts'

const folder = new URL('./sessions/', import.meta.url).pathname
const sessions = readdirSync(folder)
  .filter(file => file.endsWith('.txt'))
  .map(file => {
    const path = join(folder, file)
    const entries = parseSession(readFileSync(path, 'utf8'))
    return { name: file.replace('.txt', ''), path, entries, recording: new Recording(entries) }
  })
type Session = (typeof sessions)[number]
/** Sessions that look at what others change: all kinds that are served. */
const lonely = new Set(['cluster', 'custom'])
const kubectls = presentKubectls()
const newest = kubectls.at(-1)
/** RECORD=1 writes what the reference makes each kubectl print into the files, and asks nobody else. */
const records = process.env.RECORD === '1'
/** The kubectl whose words stand first in the files. */
const RECORDED_FIRST = 36
/** The real server is asked by the oldest and the newest kubectl; the others' answers are held against the recorded ones. */
const isCompared = (kubectl: Kubectl) =>
  hasReference() && (records || kubectl === kubectls[0] || kubectl === newest)

it('finds a kubectl', () => {
  if (!newest) console.log('no kubectl in PATH or DRAVE_KUBECTLS: its suite is not run')
})
if (!hasReference())
  console.log(
    'KUBE_APISERVER, ETCD and KUBE_CONTROLLER_MANAGER name no real server: answers are held against the recorded ones',
  )

describe.each(kubectls)('kubectl 1.$minor', kubectl => {
  const drave = new Drave()
  let reference: Reference | undefined
  let commands = 0
  beforeAll(async () => {
    if (!records) await drave.up('--only', 'apiserver,workloads', '--no-console')
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

  // Only these are tried again, since each has a namespace of its own; the next try begins without it.
  it.for(sessions.filter(({ name }) => lonely.has(name)))('$name', { retry: 1 }, (session, context) =>
    hold(session, context),
  )
  it.concurrent.for(sessions.filter(({ name }) => !lonely.has(name)))(
    '$name',
    { retry: 1 },
    (session, context) => hold(session, context),
  )

  async function hold(session: Session, { expect, task }: TestContext): Promise<void> {
    const isAgain = (task.result?.retryCount ?? 0) > 0
    const recorded = await playReference(session, isAgain)
    if (records) return
    const wanted = (step: Step) => recorded?.get(step) ?? expectedOf(step, kubectl.minor)
    const player = {
      kubectl,
      kubeconfig: join(drave.dataDir, 'kubeconfig'),
      server: drave.endpoint('kubernetes'),
      folder: drave.folder,
    }
    if (isAgain) await forgetSession(player, session.name)
    const played = await runSession(player, session.name, session.entries, step =>
      step.differs ? undefined : wanted(step),
    )
    commands += played.length
    for (const { step, printed } of played)
      if (!step.differs) expect.soft(printed, step.line).toEqual(wanted(step))
  }

  /** What the real server answers, where there is one. */
  async function playReference({ name, entries, recording }: Session, isAgain: boolean) {
    if (!reference) return undefined
    const { kubeconfig, server, folder } = reference
    const player = { kubectl, kubeconfig, server, folder }
    if (isAgain) await forgetSession(player, name)
    const played = await runSession(player, name, entries, step => {
      const known = expectedOf(step, kubectl.minor)
      return known.length > 0 ? known : undefined
    })
    recording.add(kubectl.minor, played)
    return new Map(played.map(({ step, printed }) => [step, printed]))
  }
})

afterAll(() => {
  if (records && hasReference())
    for (const { path, recording } of sessions) recording.write(path, RECORDED_FIRST)
})
