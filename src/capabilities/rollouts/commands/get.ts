import { RealClock } from '../../../kernel/clock.ts'
import type { Command } from '../../../kernel/command.ts'
import { findRollout, namespaceFlag } from './find-rollout.ts'
import { structured } from '../../../kernel/structured-output.ts'
import { followChanges, readObjects } from './rollout-objects.ts'
import { rolloutView } from './rollout-view.ts'

/** `drave rollout get`: where a Rollout stands and why. */
export const get: Command = {
  path: ['rollout', 'get'],
  summary: 'Show where a Rollout stands: steps, traffic, pods, analyses and the reason of an abort',
  usage: 'NAME',
  examples: ['drave rollout get web', 'drave rollout get web --watch', 'drave rollout get web -o json'],
  flags: { ...namespaceFlag, watch: { summary: 'Show it again after every change', short: 'w' } },
  async run(context) {
    const { client, ref } = await findRollout(context)
    const clock = new RealClock()
    let shown = ''
    const show = async () => {
      const objects = await readObjects(client, ref)
      const text =
        context.output === 'text' ? rolloutView(objects, clock.now()) : structured(context.output, objects)
      if (text === shown) return
      context.print(shown === '' ? text : `\n${text}`)
      shown = text
    }
    await show()
    if (context.isSet('watch'))
      await followChanges(client, ref.namespace, { changed: show, signal: context.signal })
  },
}
