import { dayText, timeText } from './zone.mjs'
import { editionIn, nextOf } from './editions.mjs'
import { html } from './html.mjs'

/** What stands under every page: the visitor's next evening. @param {import('./layout.mjs').Context} context */
export function aside({ home, tour, url }) {
  const own = editionIn(tour, home)
  const edition = own && !own.isPast ? own : nextOf(tour)
  if (!edition || url.pathname === '/' || url.pathname === `/cities/${edition.city.id}`) return ''
  return html`<aside class="next-strip" style="--hue:${edition.city.hue}">
    <p><strong>${edition.city.name}</strong> ${dayText(edition.startsAt)}, ${timeText(edition.startsAt)}</p>
    <a class="button small" href="/cities/${edition.city.id}#rsvp">Take a seat</a>
  </aside>`
}
