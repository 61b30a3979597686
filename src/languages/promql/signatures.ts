import type { ValueType } from './syntax.ts'

/** What a function takes. `optional`: how many of the last arguments may be missing; `many`: the last one repeats. */
export interface Signature {
  args: readonly ValueType[]
  optional: number
  many: boolean
  returns: ValueType
  experimental: boolean
}

const letters: Record<string, ValueType> = {
  n: 'scalar',
  s: 'string',
  v: 'instant vector',
  m: 'range vector',
}

/** `mn>v`: range vector and number to instant vector; `?` after optional arguments, `*` after the one that repeats. */
function signature(text: string, experimental: boolean): Signature {
  const [taken = '', returned = 'v'] = text.split('>')
  const typed = (letter: string): ValueType => letters[letter] ?? 'scalar'
  return {
    args: [...taken.replace(/[?*]/g, '')].map(typed),
    optional: [...taken].filter(letter => letter === '?').length + (taken.endsWith('*') ? 1 : 0),
    many: taken.endsWith('*'),
    returns: typed(returned),
    experimental,
  }
}

const GROUPS: Record<string, string> = {
  'v>v':
    'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp',
  'm>v':
    'absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time',
  'v?>v': 'day_of_month day_of_week day_of_year days_in_month hour minute month year',
  'vn>v': 'clamp_max clamp_min',
  'vnn>v': 'clamp',
  'vn?>v': 'round',
  'nv>v': 'histogram_quantile',
  'nnv>v': 'histogram_fraction',
  'nm>v': 'quantile_over_time',
  'mn>v': 'predict_linear',
  'n>v': 'vector',
  'v>n': 'scalar',
  '>n': 'pi time',
  'vssss>v': 'label_replace',
  'vsss*>v': 'label_join',
}

const EXPERIMENTAL: Record<string, string> = {
  'm>v':
    'first_over_time mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time',
  'mnn>v': 'double_exponential_smoothing',
  'vs*>v': 'sort_by_label sort_by_label_desc',
  '>n': 'end range start step',
  'nn>n': 'max_of min_of',
}

const table = (groups: Record<string, string>, experimental: boolean): [string, Signature][] =>
  Object.entries(groups).flatMap(([text, names]) =>
    names.split(' ').map((name): [string, Signature] => [name, signature(text, experimental)]),
  )

export const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...table(GROUPS, false),
  ...table(EXPERIMENTAL, true),
])

/** Upstream's functions over native histograms and info metrics, which this evaluator does not have. */
export const LEFT_OUT: ReadonlySet<string> = new Set(['info', 'histogram_quantiles'])
