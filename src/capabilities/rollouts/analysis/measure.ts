import { ServiceUrlError } from '../../../kernel/service-url.ts'
import { ExprError } from '../../../languages/expr/expr-error.ts'
import { MeasurementError } from './http-fetch.ts'
import { measurePrometheus } from './prometheus.ts'
import type { Measure } from './provider.ts'
import { measureWeb } from './web.ts'

const providers: Readonly<Record<string, Measure>> = { prometheus: measurePrometheus, web: measureWeb }

/** Measures with the metric's provider. What goes wrong is a measurement of phase Error, never a success. */
export const measure: Measure = async (metric, context) => {
  const [name = ''] = Object.keys(metric.provider)
  const provider = providers[name]
  if (!provider)
    return {
      phase: 'Error',
      message: `provider "${name}" is not supported by this controller: use ${Object.keys(providers).join(' or ')}`,
    }
  try {
    return await provider(metric, context)
  } catch (error) {
    if (error instanceof MeasurementError || error instanceof ServiceUrlError || error instanceof ExprError)
      return { phase: 'Error', message: error.message }
    throw error
  }
}
