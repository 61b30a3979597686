import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client'

/** The process's own metrics, in the Prometheus exposition format. Names start with `drave_` unless an upstream contract says otherwise. */
export class Metrics {
  readonly registry = new Registry()

  counter<L extends string = string>(options: CounterConfiguration<L>): Counter<L> {
    return new Counter({ ...options, registers: [this.registry] })
  }
  gauge<L extends string = string>(options: GaugeConfiguration<L>): Gauge<L> {
    return new Gauge({ ...options, registers: [this.registry] })
  }
  histogram<L extends string = string>(options: HistogramConfiguration<L>): Histogram<L> {
    return new Histogram({ ...options, registers: [this.registry] })
  }
  text(): Promise<string> {
    return this.registry.metrics()
  }
}
