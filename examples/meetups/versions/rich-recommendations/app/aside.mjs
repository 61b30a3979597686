import { talkOf, talks, talksIn } from './data/talks.mjs'
import { editionIn, nextOf } from './editions.mjs'
import { html } from './html.mjs'
import { card } from './pages/talk.mjs'
import { recommend } from './recommendations.mjs'
import { dayText, timeText } from './zone.mjs'

/** What stands under every page: talks like the ones here, and the visitor's next evening. @param {import('./layout.mjs').Context} context */
export function aside(context) {
  const { home, tour, url, params } = context
  const own = editionIn(tour, home)
  const edition = own && !own.isPast ? own : nextOf(tour)
  const here = talkOf(params['talk'])
  const liked = here ? [here] : edition ? talksIn(edition.city.id) : talks.slice(0, 1)
  return html`<section class="band"><h2>You might also like</h2><ul class="talk-list">${recommend(liked, 3).map(talk => card(talk))}</ul></section>
${
  !edition || url.pathname === '/' || url.pathname === `/cities/${edition.city.id}`
    ? ''
    : html`<aside class="next-strip" style="--hue:${edition.city.hue}">
    <p><strong>${edition.city.name}</strong> ${dayText(edition.startsAt)}, ${timeText(edition.startsAt)}</p>
    <a class="button small" href="/cities/${edition.city.id}#rsvp">Take a seat</a>
  </aside>`
}`
}
