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
  /** What is registered from now on is removed when the term is disposed. */
  term(): Disposable {
    const names = () => this.registry.getMetricsAsArray().map(({ name }) => name)
    const before = new Set(names())
    return {
      [Symbol.dispose]: () => {
        for (const name of names()) if (!before.has(name)) this.registry.removeSingleMetric(name)
      },
    }
  }
  text(): Promise<string> {
    return this.registry.metrics()
  }
}
