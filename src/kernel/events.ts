import type { KubeObject } from '../kube/object.ts'

/** Records core/v1 Events; repeats of the same event within an hour only raise its count. */
export interface EventRecorder {
  /** Never throws: an event that cannot be written is logged and counted. `component` names the reporting controller. */
  record(
    regarding: KubeObject,
    event: { type: 'Normal' | 'Warning'; reason: string; message: string; component: string },
  ): void
}
