import { cityOf } from './data/cities.mjs'
import { html } from './html.mjs'

/** What stands at the right of the header: the visitor's own city. @param {import('./layout.mjs').Context} context */
export function tools({ home }) {
  const city = cityOf(home)
  if (!city) return html`<a class="home-city" href="/#cities">Choose your city</a>`
  return html`<a class="home-city" href="/cities/${city.id}" style="--hue:${city.hue}"><span class="pin" aria-hidden="true"></span>${city.name}</a>`
}
