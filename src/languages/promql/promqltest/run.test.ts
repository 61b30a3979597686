import { describe, expect, it } from 'vitest'
import { runScript } from './run.ts'

const SCRIPT = `
# Loads, gaps, ends and notation.
load 10s
  metric{a="x"} 0+1x3 _ stale 5-2x1
  other{b='y',c=\`z\`} _x2 1x1 -inf

eval instant at 30s metric
  metric{a="x"} 3

eval instant at 50s metric

eval instant at 30s metric
  metric{a="x"} 4

eval instant at 30s metric
  expect no_warn
  metric{a="x"} 3
  more 1

eval range from 0 to 40s step 10s other
  other{b="y", c="z"} _ _ 1 1 -Inf

eval instant at 0 1 + 1
  2

eval instant at 0 "text"
  expect string "text"

eval instant at 0 nothing(
  expect fail msg: unclosed left parenthesis

eval instant at 0 1
  expect fail

eval_fail instant at 0 1 +

eval instant at 40s metric[30s]
  expect range vector from 20s to 40s step 10s
  metric{a="x"} 2 3 _

eval instant at 10s sort_desc(metric)
  expect ordered
  metric{a="x"} 1

eval instant at 0 quantile(2, metric)
  expect warn msg: quantile value should be between 0 and 1
  {} Inf

eval instant at 0 quantile(2, metric)
  expect no_warn
  {} Inf

eval instant at 0 info(metric)
  metric{a="x"} 0

clear

load_with_nhcb 1m
  wait_bucket{le="1"} {{sum:1}}x3
  wait_bucket{le="+Inf"} 1

eval instant at 0 wait_bucket{le="+Inf"}
  wait_bucket{le="+Inf"} 1

eval instant at 0 wait
  {} 1

eval instant at 1m wait_bucket
`

describe('runScript', () => {
  it('says of each case whether it passed, failed or is left out', () => {
    expect(runScript(SCRIPT).map(({ outcome, reason }) => `${outcome}${reason && `: ${reason}`}`)).toEqual([
      'passed',
      'passed',
      'failed: {__name__="metric", a="x"} at 0 ms: expected 4, got 3',
      'failed: {__name__="more"} at 0 ms: expected 1, got nothing',
      'passed',
      'passed',
      'passed',
      'passed',
      'failed: expected an error',
      'passed',
      'passed',
      'passed',
      'passed',
      'failed: expected no_warn, got PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)',
      'left out: info()',
      'passed',
      'left out: native histograms',
      'left out: native histograms',
    ])
  })

  it('refuses what is no script', () => {
    expect(() => runScript('metric 1')).toThrow('line 1: not inside a command')
    expect(() => runScript('eval later at 5 metric')).toThrow('line 1: no eval command')
    expect(() => runScript('load 5m\n  metric 1 two')).toThrow('no values: two')
  })
})
