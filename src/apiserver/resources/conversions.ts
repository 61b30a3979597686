import { autoscalerV1ToV2, autoscalerV2ToV1 } from './autoscaler-conversion.ts'
import { coreToEvent, eventToCore } from './event-conversion.ts'
import type { Conversion } from './resource.ts'

interface SharedStorage {
  storageName: string
  conversion: Conversion
}

/** Resources that are kept as another version of the same thing: by `group/version/plural`. */
export const conversions: Readonly<Record<string, SharedStorage | undefined>> = {
  'events.k8s.io/v1/events': {
    storageName: '/events',
    conversion: { toServed: coreToEvent, toKept: eventToCore },
  },
  'autoscaling/v1/horizontalpodautoscalers': {
    storageName: 'autoscaling/horizontalpodautoscalers',
    conversion: { toServed: autoscalerV2ToV1, toKept: autoscalerV1ToV2 },
  },
}
