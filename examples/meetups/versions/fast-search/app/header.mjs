import { cityOf } from './data/cities.mjs'
import { editionIn } from './editions.mjs'
import { html } from './html.mjs'
import { suggestionsFor } from './search.mjs'

/** What stands at the right of the header: search, and the visitor's own city. @param {import('./layout.mjs').Context} context */
export function tools({ home, tour, url }) {
  const city = cityOf(home)
  const edition = editionIn(tour, home)
  return html`<form class="home-city" action="/search" role="search">
    <input name="q" type="search" list="suggestions" placeholder="Search talks" aria-label="Search talks" value="${url.searchParams.get('q') ?? ''}" style="border:0;background:none;font:inherit;color:inherit;width:9rem">
    <datalist id="suggestions">${edition ? suggestionsFor(edition).map(title => html`<option value="${title}">`) : ''}</datalist>
  </form>
  ${city ? html`<a class="home-city" href="/cities/${city.id}" style="--hue:${city.hue};margin-left:0"><span class="pin" aria-hidden="true"></span>${city.name}</a>` : ''}`
}
