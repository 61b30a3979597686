import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kubectl } from './kubectls.ts'
import { normalised } from './normalised.ts'
import type { Entry, Step } from './session.ts'

/** A server that sessions are played against. */
export interface Player {
  kubeconfig: string
  server: string
  kubectl: Kubectl
  /** Holds the files of the sessions. */
  folder: string
}

export interface Played {
  step: Step
  printed: readonly string[]
}

const SETTLE_SECONDS = 30
const COMMAND_SECONDS = 60

/**
 * Plays a session in a namespace of its name. `expectedOf` says what a step that settles must print in the end; where
 * it knows nothing, the step is run until it prints the same three times.
 */
export async function runSession(
  player: Player,
  name: string,
  entries: readonly Entry[],
  expectedOf: (step: Step) => readonly string[] | undefined,
): Promise<Played[]> {
  const folder = join(player.folder, name)
  mkdirSync(folder, { recursive: true })
  await runKubectl(player, ['create', 'namespace', name], folder)
  const played: Played[] = []
  for (const entry of entries) {
    if ('file' in entry) writeFileSync(join(folder, entry.file), entry.text)
    if (!('step' in entry) || entry.step.since > player.kubectl.minor) continue
    const { step } = entry
    const run = () => runKubectl(player, ['--namespace', name, ...step.args], folder)
    const printed = step.settles ? await settled(run, expectedOf(step)) : await run()
    played.push({ step, printed })
  }
  return played
}

/** Takes away what an earlier try of a session has left. */
export async function forgetSession(player: Player, name: string): Promise<void> {
  await runKubectl(player, ['delete', 'namespace', name, '--ignore-not-found'], player.folder)
}

async function settled(
  run: () => Promise<string[]>,
  expected: readonly string[] | undefined,
): Promise<string[]> {
  const deadline = Date.now() + SETTLE_SECONDS * 1000
  let last = ''
  let same = 0
  for (;;) {
    const printed = await run()
    const text = printed.join('\n')
    same = text === last ? same + 1 : 0
    last = text
    if (expected ? text === expected.join('\n') : same >= 4) return printed
    if (Date.now() > deadline) return printed
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}

/** What kubectl prints: standard output, then standard error behind `! `, then the exit code if it is not 0. */
function runKubectl(player: Player, args: readonly string[], folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(player.kubectl.program, args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: player.folder,
        KUBECONFIG: player.kubeconfig,
        KUBE_EDITOR: 'sed -i s/before/after/',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_SECONDS * 1000,
    })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', code => {
      const lines = (text: string) => (text === '' ? [] : normalised(text, player.server))
      const failed = code === 0 ? [] : [`? ${code}`]
      resolve([...lines(out), ...inOrder(lines(err).map(line => `! ${line}`.trimEnd())), ...failed])
    })
  })
}

/** The causes of a refusal, `* field: why`, sorted: their order says nothing. */
function inOrder(lines: readonly string[]): string[] {
  const isCause = (line: string) => line.startsWith('! * ')
  const causes = lines.filter(isCause).sort()
  return lines.map(line => (isCause(line) ? (causes.shift() ?? '') : line))
}
