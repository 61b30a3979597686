/** Kahan-Babuška summation in Neumaier's variant: keeps in `compensation` what rounding lost. */
export class KahanSum {
  sum = 0
  compensation = 0

  add(value: number): void {
    const total = this.sum + value
    if (total === Infinity || total === -Infinity) this.compensation = 0
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - total + value
    else this.compensation += value - total + this.sum
    this.sum = total
  }

  get total(): number {
    return Number.isFinite(this.sum) ? this.sum + this.compensation : this.sum
  }
}

/** The mean as upstream takes it: of the plain sum while that is finite, then by steps so that it cannot overflow. */
export class KahanMean {
  readonly #sum = new KahanSum()
  #count = 0
  #incremental = false

  add(value: number): void {
    const sum = this.#sum
    this.#count++
    if (this.#count === 1) {
      sum.sum = value
      return
    }
    if (!this.#incremental) {
      const [before, lost] = [sum.sum, sum.compensation]
      sum.add(value)
      if (sum.sum !== Infinity && sum.sum !== -Infinity) return
      this.#incremental = true
      sum.sum = before / (this.#count - 1)
      sum.compensation = lost / (this.#count - 1)
    }
    const share = (this.#count - 1) / this.#count
    sum.sum *= share
    sum.compensation *= share
    sum.add(value / this.#count)
  }

  get mean(): number {
    const { sum, compensation } = this.#sum
    if (this.#incremental) return sum + compensation
    return sum / this.#count + compensation / this.#count
  }
}
