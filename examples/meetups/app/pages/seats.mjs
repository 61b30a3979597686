import { html } from '../html.mjs'

/**
 * How full an edition is. @param {import('../layout.mjs').Context} context @param {import('../editions.mjs').Edition} edition
 */
export function seatsOf({ store }, { id, city }) {
  const open = city.capacity - city.seeded
  const asked = store.list(id).length
  const going = city.seeded + Math.min(open, asked)
  return {
    open,
    going,
    waiting: Math.max(0, asked - open),
    left: city.capacity - going,
    capacity: city.capacity,
  }
}

/** @param {import('../layout.mjs').Context} context @param {import('../editions.mjs').Edition} edition */
export function seatMeter(context, edition) {
  const { going, capacity, left, waiting } = seatsOf(context, edition)
  const share = Math.round((going / capacity) * 100)
  const text = edition.isPast
    ? `${going} people were there`
    : left > 0
      ? `${left} of ${capacity} seats left`
      : `Full, ${waiting} waiting`
  return html`<div class="meter" role="meter" aria-valuemin="0" aria-valuemax="${capacity}" aria-valuenow="${going}" aria-label="Seats taken">
    <span class="meter-bar"><span style="width:${share}%"></span></span><span class="meter-text">${text}</span></div>`
}
