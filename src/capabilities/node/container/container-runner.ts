import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Container } from '../../../kube/generated/core-v1.ts'
import { addressInUseAdvice } from '../network/advice.ts'
import { COMPONENT, type NodeParts } from '../node-parts.ts'
import { type BackOff, nextBackOff, retryAt } from '../pod/back-off.ts'
import { type ContainerView, newView, runnableContainers } from '../pod/container-view.ts'
import { type ContainerResize, containerResize } from '../resize/container-resize.ts'
import type { ResourceGift } from '../resize/give-resources.ts'
import type { StartedContainer } from '../runtime/container-runtime.ts'
import type { ContainerRun, RunParts } from './container-run.ts'
import { type ContainerEnd, endedState } from './ended-state.ts'
import { ListenerLook } from './listener-look.ts'
import type { PodSurroundings, RunningContainer } from './pod-surroundings.ts'
import type { Survivor } from './process-records.ts'
import { openOutput, type RunOutput } from './run-output.ts'
import { startFailure } from './start-failure.ts'
import { stopRun } from './stop-run.ts'
import { emptyFile, readStart } from './termination-file.ts'
import { watchRun } from './watch-run.ts'
import { withoutBeginning } from './without-beginning.ts'

/** The name of the file in a container's directory that its terminationMessagePath leads to. */
const TERMINATION_FILE = 'termination-log'

/** Starts, watches and stops one container of a pod: its effects; when to do so is decided in `pod-step.ts`. */
export class ContainerRunner {
  readonly view: ContainerView
  readonly #name: string
  readonly #pod: PodSurroundings
  readonly #node: NodeParts
  #run: ContainerRun | undefined
  #kill: Disposable | undefined
  #pullBackOff: BackOff | undefined
  readonly #look: ListenerLook

  constructor(name: string, pod: PodSurroundings, node: NodeParts, view: ContainerView = newView()) {
    this.#name = name
    this.#pod = pod
    this.#node = node
    this.view = view
    this.#look = new ListenerLook(name, pod, node)
  }

  /** The shared image tree that the container runs from. */
  get imageRoot(): string | undefined {
    return this.#run?.imageRoot
  }

  get running(): RunningContainer | undefined {
    return this.#run
  }

  /** What kept the container waiting may have changed: it is tried again at once. */
  retryNow(): void {
    const { state } = this.view
    if (state.kind === 'waiting' && state.retryAt !== undefined) state.retryAt = 0
  }

  /** Starts the container; a failure becomes its state. */
  async start(): Promise<void> {
    const container = this.#container()
    if (!container || this.#run) return
    const { clock } = this.#node
    const { state } = this.view
    if (state.kind === 'terminated') {
      this.view.backOff = nextBackOff(this.view.backOff, state.finishedAt, clock.now())
      this.view.last = state
      this.view.restartCount++
      this.#node.counters.restarts.inc({ namespace: this.#pod.pod().metadata.namespace ?? '' })
      // A failure to start is not a reason to forget how the last run ended.
      this.view.state = { kind: 'waiting', reason: 'ContainerCreating' }
    }
    try {
      await this.#launch(container)
    } catch (error) {
      this.#failedToStart(error as Error)
    }
  }

  async #launch(container: Container): Promise<void> {
    await this.#pod.prepareVolumes()
    const runtime = this.#pod.runtime()
    const image = await this.#pod.image(container)
    this.#pullBackOff = undefined
    this.view.imageID = image?.id ?? ''
    if (!image)
      this.#event(
        'Normal',
        'HostCommand',
        `Container image "${container.image}" is not among this node's images: the command of container ${this.#name} runs on the host`,
      )
    const pod = this.#pod.pod()
    const directory = join(this.#pod.directory, 'containers', this.#name)
    const terminationFile = await emptyFile(directory, TERMINATION_FILE)
    // A container that is given input, or a terminal, ends with who gives it.
    const canOutlive = this.#node.adopts && !container.stdin && !container.tty
    const pipes = canOutlive ? await this.#node.pipes.take(directory) : undefined
    const output = this.#openOutput()
    const id = randomBytes(32).toString('hex')
    const ordered = runtime.start({
      id,
      pod,
      container,
      image,
      facts: this.#pod.facts(),
      sources: {
        ...this.#node.sourcesFor(pod.metadata.namespace ?? ''),
        volumePath: name => this.#pod.volumePath(name),
      },
      podDirectory: this.#pod.directory,
      directory,
      terminationFile,
      pipes,
      mountsOf: env => this.#pod.mountsOf(container, env),
      onOutput: output.write,
    })
    const started = await ordered.catch(async error => {
      await output.close()
      throw error
    })
    const startedAt = this.#node.clock.now()
    const { handler } = runtime
    const { backOff } = this.view
    this.#node.records.add(started.process.pid, {
      pod: pod.metadata.uid,
      container: this.#name,
      run: pipes && {
        handler,
        keep: started.keep,
        id,
        startedAt,
        backOff,
        pipes,
        exitFile: started.exitFile,
      },
    })
    Object.assign(this.view, {
      state: { kind: 'running', id, startedAt },
      stopping: false,
      started: !container.startupProbe,
      passing: false,
      resizing: false,
      given: container.resources ?? {},
    } satisfies Partial<ContainerView>)
    this.#node.counters.starts.inc({ namespace: this.#pod.pod().metadata.namespace ?? '' })
    this.#event('Normal', 'Created', `Created container: ${this.#name}`)
    this.#event('Normal', 'Started', `Started container ${this.#name}`)
    this.#runs(started, { id, startedAt, output, terminationFile })
  }

  /** Goes on with a container that an earlier Drave started and that still runs; its view is as the pod's status says. */
  adopt({ pid, run: kept, isAlive }: Survivor): void {
    const container = this.#container()
    if (!container) return
    const { id, startedAt, backOff, pipes, keep } = kept
    const directory = join(this.#pod.directory, 'containers', this.#name)
    const output = this.#openOutput()
    const started = this.#pod.runtime().adopt({ pid, keep, pipes, isAlive, onOutput: output.write })
    const terminationFile = join(directory, TERMINATION_FILE)
    Object.assign(this.view, { state: { kind: 'running', id, startedAt }, backOff, stopping: false })
    this.#runs(started, { id, startedAt, output, terminationFile }, this.view.started)
  }

  /** Watches a container from now on; `hasStarted` when its postStart hook and startup probe are behind it. */
  #runs(
    { process, startCommand, imageRoot, cgroup, user, ended: tidyUp }: StartedContainer,
    { id, startedAt, output, terminationFile }: RunParts,
    hasStarted = false,
  ): void {
    const container = this.#container()
    this.view.user = user
    const ended = process.exited.then(async exit => {
      this.#node.records.remove(process.pid)
      await output.close()
      const { isOutOfMemory } = (await tidyUp?.()) ?? { isOutOfMemory: false }
      const lastWords = await readStart(terminationFile)
      const finishedAt = this.#node.clock.now()
      this.#ended({ id, startedAt, finishedAt, exit, tail: output.tail, isOutOfMemory, lastWords })
    })
    this.#run = {
      process,
      startCommand,
      attachments: output.attachments,
      id,
      startedAt,
      cgroup,
      imageRoot,
      address: this.#pod.address,
      over: new AbortController(),
      ended,
    }
    // In a network of its own no program of the pod can take the host's ports.
    if (this.#pod.runtime().network) void this.#pod.openHostPorts(process.pid)
    if (container) void this.#watch(hasStarted ? withoutBeginning(container) : container, this.#run)
  }

  #watch(container: Container, run: ContainerRun): Promise<void> {
    const isOver = () => this.#run !== run
    return watchRun(
      run,
      { container, clock: this.#node.clock },
      {
        warn: (reason, message) => this.#event('Warning', reason, message),
        probeFailed: type => this.#node.counters.probeFailures.inc({ type }),
        passing: isPassing => {
          if (isOver() || this.view.passing === isPassing) return
          this.view.passing = isPassing
          this.#pod.changed()
        },
        started: () => {
          if (isOver()) return
          this.view.started = true
          this.#pod.changed()
        },
        condemned: by => {
          if (!isOver()) this.#condemn(by)
        },
        look: () => {
          void this.#pod.openHostPorts(run.process.pid)
          const advice = isOver() ? undefined : this.#look.at(run)
          if (advice === undefined) return
          this.#event('Warning', 'ListensElsewhere', advice)
          this.#pod.notice(advice)
        },
      },
    )
  }

  #condemn(by: 'liveness' | 'startup' | undefined): void {
    const { livenessProbe, startupProbe } = this.#container() ?? {}
    const probe = by === 'liveness' ? livenessProbe : by === 'startup' ? startupProbe : undefined
    if (by) this.#event('Normal', 'Killing', `Container ${this.#name} failed ${by} probe, will be restarted`)
    void this.stop(probe?.terminationGracePeriodSeconds ?? this.#graceSeconds(), true)
  }

  /** What is to be done for the running container to have what its pod is allocated. */
  get resize(): { kind: ContainerResize; gift?: ResourceGift | undefined } {
    const container = this.#container()
    const { state, given = container?.resources ?? {} } = this.view
    if (state.kind === 'terminated' && state.isResize) return { kind: 'restart' }
    if (!container || !this.#run || state.kind !== 'running') return { kind: 'nothing' }
    const { cgroup: group } = this.#run
    const kind = containerResize(container, given)
    return { kind, gift: group === undefined ? undefined : { container, given, group } }
  }

  /** Ends the container, so that it runs again with what it is allocated. */
  restartForResize(): void {
    if (!this.#run || this.view.stopping) return
    this.view.resizing = true
    this.#event('Normal', 'Killing', `Container ${this.#name} resize requires restart`)
    void this.stop(this.#graceSeconds(), true)
  }

  /**
   * Ends the container: preStop hook, SIGTERM or the stop signal, and SIGKILL after the grace period. Resolves when it has ended.
   * `announced` says that an event has told of it already.
   */
  async stop(graceSeconds: number, announced = false): Promise<void> {
    const run = this.#run
    if (!run) return
    const { clock } = this.#node
    const deadline = () => run.process.signal('SIGKILL')
    // Asked again with less time, for instance by a forced deletion.
    this.#kill?.[Symbol.dispose]()
    if (graceSeconds <= 0) deadline()
    else this.#kill = clock.after(graceSeconds * 1000, deadline)
    if (this.view.stopping) return run.ended
    this.view.stopping = true
    this.view.passing = false
    this.#pod.changed()
    if (!announced) this.#event('Normal', 'Killing', `Stopping container ${this.#name}`)
    await stopRun(run, {
      container: this.#container(),
      graceSeconds,
      clock,
      hookFailed: message => this.#event('Warning', 'FailedPreStopHook', message),
    })
  }

  #ended(end: ContainerEnd): void {
    this.#run?.over.abort()
    this.#run = undefined
    this.#kill?.[Symbol.dispose]()
    this.#kill = undefined
    const failed = end.exit.exitCode !== 0
    const taken = failed ? end.tail.addressInUse() : undefined
    const advice = taken ? addressInUseAdvice(this.#name, taken, this.#pod.address) : undefined
    if (advice) this.#event('Warning', 'AddressInUse', advice)
    const ended = endedState(this.#container(), end, advice)
    const state = this.view.resizing ? { ...ended, isResize: true as const } : ended
    Object.assign(this.view, { state, stopping: false, started: false, passing: false })
    if (failed && this.view.backOff && retryAt(this.view.backOff, state.finishedAt) > state.finishedAt) {
      const { metadata } = this.#pod.pod()
      const pod = `${metadata.name}_${metadata.namespace}(${metadata.uid})`
      if (!metadata.deletionTimestamp)
        this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.#name} in pod ${pod}`)
    }
    this.#pod.changed()
  }

  #failedToStart(error: Error): void {
    const { clock, log } = this.#node
    const image = this.#container()?.image ?? ''
    const now = clock.now()
    const failure = startFailure(error, { name: this.#name, image, now, pullBackOff: this.#pullBackOff })
    this.view.state = failure.state
    this.#pullBackOff = failure.pullBackOff
    for (const { type, reason, message } of failure.events) this.#event(type, reason, message)
    log.info(
      { pod: this.#pod.pod().metadata.uid, container: this.#name, err: error },
      'container not started',
    )
  }

  #openOutput(): RunOutput {
    return openOutput(this.#node, this.#pod.pod(), { name: this.#name, run: this.view.restartCount })
  }

  #container(): Container | undefined {
    return runnableContainers(this.#pod.pod()).find(({ name }) => name === this.#name)
  }

  #graceSeconds(): number {
    return this.#pod.pod().spec.terminationGracePeriodSeconds ?? 30
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#node.events.record(this.#pod.pod(), { type, reason, message, component: COMPONENT })
  }
}
