import { mark } from '../art.mjs'
import { cities } from '../data/cities.mjs'
import { sponsors } from '../data/sponsors.mjs'
import { html } from '../html.mjs'
import { page } from '../http.mjs'
import { layout } from '../layout.mjs'

/** @param {import('../layout.mjs').Context} context */
export const about = context =>
  page(
    layout(context, {
      title: 'About',
      main: html`<section class="band first prose">
  <h1>About</h1>
  <p class="lead">A portage is the stretch where you carry the canoe: between two waters, on foot, with everything you own on your shoulders. Releasing software feels like that, and it should be a short walk on a good path.</p>
  <p>Portage is a meetup tour about that path. One city a month, one room, three talks, and enough time afterwards to disagree properly.</p>
  <h2>Hosts</h2>
  <ul class="hosts">${cities.map(city => html`<li style="--hue:${city.hue}"><strong>${city.venue.name}</strong><span>${city.name} · ${city.capacity} seats</span></li>`)}</ul>
  <h2>Sponsors</h2>
  <ul class="sponsor-list">${sponsors.map(sponsor => html`<li>${mark(sponsor.mark)}<div><strong>${sponsor.name}</strong><span>${sponsor.gives}</span></div></li>`)}</ul>
  <h2>Conduct</h2>
  <p>Be kind to people, patient with projectors, and quiet about other people’s outages outside the room. The hosts at the door wear the green badge; tell them when something is wrong, and they will act.</p>
  <h2>None of this is real</h2>
  <p>The site is the example application of Drave. The cities exist; the people, companies, rooms and evenings do not. RSVPs stay in the memory of this process.</p>
</section>`,
    }),
  )
