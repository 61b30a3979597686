import { drawOf, PRIZES, seededTickets } from '../draw.mjs'
import { editionOf } from '../editions.mjs'
import { html } from '../html.mjs'
import { HttpError, page } from '../http.mjs'
import { layout } from '../layout.mjs'
import { dayText, shortDay } from '../zone.mjs'
import { seatsOf } from './seats.mjs'

/** @param {import('../layout.mjs').Context} context @param {import('../editions.mjs').Edition} edition */
function drawFor(context, edition) {
  const going = context.store.list(edition.id).slice(0, seatsOf(context, edition).open)
  const tickets = [...seededTickets(edition), ...going.map(rsvp => rsvp.ticket)]
  return drawOf({ secret: context.drawSecret, edition, tickets })
}

/** @param {import('../layout.mjs').Context} context */
export const drawList = context =>
  page(
    layout(context, {
      title: 'The draw',
      main: html`<section class="band first"><h1>The draw</h1>
<p class="lead">Every evening ends with ${PRIZES} tickets for Confluence Days. You should not have to trust us about them.</p>
<ol class="fair">
  <li><strong>Before the evening</strong> we publish the SHA-256 of a secret seed. From then on we cannot change it.</li>
  <li><strong>After the evening</strong> we publish the seed, and the list of ticket numbers.</li>
  <li><strong>Anybody</strong> computes HMAC-SHA256 of each ticket under the seed. The ${PRIZES} lowest values win.</li>
</ol>
<ul class="draws">${context.tour.map(edition => {
        const draw = drawFor(context, edition)
        return html`<li style="--hue:${edition.city.hue}"><a href="/draw/${edition.id}"><h2>${edition.city.name}</h2><span>${shortDay(edition.startsAt)}</span>
    <code>${draw.commitment.slice(0, 24)}…</code><span class="tag">${draw.seed ? 'Drawn' : `${draw.tickets.length} tickets so far`}</span></a></li>`
      })}</ul></section>`,
    }),
  )

/** @param {import('../layout.mjs').Context} context */
export function draw(context) {
  const edition = editionOf(context.tour, context.params['edition'])
  if (!edition) throw new HttpError(404, 'There is no draw of this name.')
  const { commitment, seed, tickets, winners } = drawFor(context, edition)
  return page(
    layout(context, {
      title: `Draw, ${edition.city.name}`,
      hue: edition.city.hue,
      main: html`<section class="band first draw">
  <p class="eyebrow"><a href="/draw">The draw</a> · ${edition.city.name}</p>
  <h1>${seed ? 'These tickets won' : 'Not drawn yet'}</h1>
  ${
    seed
      ? html`<ol class="winners">${winners.map(({ ticket, value }) => html`<li><code>${ticket}</code><span>${value.slice(0, 16)}…</span></li>`)}</ol>`
      : html`<p class="lead">The seed is locked in. It is published after ${dayText(edition.startsAt)}; until then this is all that anybody can know.</p>`
  }
  <dl class="proof">
    <dt>Commitment, SHA-256 of the seed</dt><dd><code>${commitment}</code></dd>
    <dt>Seed</dt><dd>${seed ? html`<code>${seed}</code>` : 'secret until the evening is over'}</dd>
  </dl>
  ${
    seed
      ? html`<h2>Check it yourself</h2>
  <pre><code>curl -s $SITE/draw/${edition.id}/tickets.txt | node -e '
const { createHash, createHmac } = require("crypto")
const seed = "${seed}"
console.log(createHash("sha256").update(seed).digest("hex"))
require("fs").readFileSync(0, "utf8").trim().split("\\n")
  .map(t => [createHmac("sha256", seed).update(t).digest("hex"), t])
  .sort().slice(0, ${PRIZES}).forEach(([, t]) => console.log(t))'</code></pre>`
      : ''
  }
  <details><summary>${tickets.length} tickets take part</summary><p class="tickets">${tickets.map(ticket => html`<code>${ticket}</code> `)}</p></details>
  <p><a class="link" href="/draw/${edition.id}/tickets.txt">The list as text</a></p>
</section>`,
    }),
  )
}

/** @param {import('../layout.mjs').Context} context */
export function drawTickets(context) {
  const edition = editionOf(context.tour, context.params['edition'])
  if (!edition) throw new HttpError(404, 'There is no draw of this name.')
  return { type: 'text/plain; charset=utf-8', body: `${drawFor(context, edition).tickets.join('\n')}\n` }
}
