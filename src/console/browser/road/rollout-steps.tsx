import type { Rollout } from '../../../capabilities/rollouts/kinds/generated/rollout.ts'

interface AnyStep {
  setWeight?: number | undefined
  pause?: { duration?: number | string | undefined } | undefined
  analysis?: { templates?: readonly { templateName?: string | undefined }[] | undefined } | undefined
  setCanaryScale?: unknown
}

/** What a step does, in a few words. */
export function stepText(step: AnyStep): string {
  if (step.setWeight !== undefined) return `${step.setWeight} %`
  if (step.pause) {
    const { duration } = step.pause
    if (duration === undefined) return 'pause until promoted'
    return `pause ${typeof duration === 'number' || /^\d+$/.test(String(duration)) ? `${duration}s` : duration}`
  }
  if (step.analysis)
    return `judge ${(step.analysis.templates ?? []).map(template => template.templateName).join(', ')}`
  if (step.setCanaryScale) return 'set canary scale'
  return Object.keys(step)[0] ?? 'step'
}

/** The steps of a canary as a path, the current one marked. */
export function RolloutSteps({ rollout }: { rollout: Rollout }) {
  const canary = rollout.spec.strategy?.canary
  const steps = (canary?.steps ?? []) as readonly AnyStep[]
  const index = rollout.status?.currentStepIndex ?? 0
  const isAborted = rollout.status?.abort === true
  const isDone = !isAborted && index >= steps.length
  return (
    <ol class="steps">
      {steps.map((step, position) => {
        const state = isAborted ? 'aborted' : position < index ? 'done' : position === index ? 'now' : 'ahead'
        // Steps have no identity but their place.
        return (
          <li key={`${position}`} class={state} aria-current={state === 'now' ? 'step' : undefined}>
            {stepText(step)}
          </li>
        )
      })}
      <li class={isDone ? 'done' : isAborted ? 'aborted' : 'ahead'}>100 %</li>
    </ol>
  )
}
