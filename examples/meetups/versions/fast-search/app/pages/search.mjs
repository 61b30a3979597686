import { html } from '../html.mjs'
import { page } from '../http.mjs'
import { layout } from '../layout.mjs'
import { search } from '../search.mjs'
import { card } from './talk.mjs'

const MAX_QUERY = 100

/** @param {import('../layout.mjs').Context} context */
export function searchPage(context) {
  const query = (context.url.searchParams.get('q') ?? '').slice(0, MAX_QUERY)
  const found = search(query)
  return page(
    layout(context, {
      title: 'Search',
      main: html`<section class="band first"><h1>${found.length === 1 ? 'One talk' : `${found.length} talks`} about “${query}”</h1>
<ul class="talk-list">${found.map(talk => card(talk))}</ul></section>`,
    }),
  )
}
