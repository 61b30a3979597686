import { mark, routeMap, skyline } from '../art.mjs'
import { speakerOf } from '../data/speakers.mjs'
import { sponsors } from '../data/sponsors.mjs'
import { talks, talksIn } from '../data/talks.mjs'
import { nextOf } from '../editions.mjs'
import { html } from '../html.mjs'
import { page } from '../http.mjs'
import { layout } from '../layout.mjs'
import { dayText, shortDay, timeText } from '../zone.mjs'
import { lang } from './lang.mjs'
import { spotlight } from './speaker.mjs'
import { seatMeter } from './seats.mjs'

const DAY = 86_400_000

/** @param {import('../layout.mjs').Context} context */
export function home(context) {
  const { tour } = context
  const next = nextOf(tour)
  return page(
    layout(context, {
      title: 'Portage',
      ...(next ? { hue: next.city.hue } : {}),
      main: html`
<section class="hero">
  <div class="hero-text">
    <p class="eyebrow">A meetup tour · five cities · one river of talks</p>
    <h1>Carry it carefully.<br>Ship it anyway.</h1>
    <p class="lead">Evenings about getting software to people calmly: small changes, honest metrics, and supper.</p>
    ${next ? html`<p class="hero-actions"><a class="button" href="/cities/${next.city.id}#rsvp">Take a seat in ${next.city.name}</a> <a class="link" href="/calendar.ics">Add the tour to your calendar</a></p>` : ''}
  </div>
  ${routeMap(tour, context.home ?? next?.city.id)}
</section>
${next ? nextCard(context, next) : ''}
${spotlight(context)}
<section id="cities" class="band">
  <h2>The stops</h2>
  <ol class="stops">${tour.map(edition => stopCard(context, edition))}</ol>
</section>
${highlights(context)}
<section class="band sponsors">
  <h2>Carried by</h2>
  <ul>${sponsors.map(sponsor => html`<li>${mark(sponsor.mark)}<div><strong>${sponsor.name}</strong><span>${sponsor.gives}</span></div></li>`)}</ul>
</section>`,
    }),
  )
}

/** @param {import('../layout.mjs').Context} context @param {import('../editions.mjs').Edition} edition */
function nextCard(context, edition) {
  const { city, startsAt } = edition
  const wait = Math.ceil((startsAt - context.now) / DAY)
  return html`<section class="next-card">
  <div class="next-art">${skyline(city.id)}</div>
  <div class="next-text">
    <p class="eyebrow">Next stop${wait > 1 ? `, in ${wait} days` : wait === 1 ? ', tomorrow' : ', tonight'}</p>
    <h2><a href="/cities/${city.id}">${city.name}</a></h2>
    <p class="when">${dayText(startsAt)} · ${timeText(startsAt)} · ${city.venue.name}</p>
    <ul class="lineup">${talksIn(city.id).map(
      talk =>
        html`<li><a href="/talks/${talk.id}"${lang(talk)}>${talk.title}</a><span>${speakerOf(talk.speaker)?.name}</span></li>`,
    )}</ul>
    ${seatMeter(context, edition)}
  </div>
</section>`
}

/** @param {import('../layout.mjs').Context} context @param {import('../editions.mjs').Edition} edition */
const stopCard = (
  context,
  edition,
) => html`<li class="stop-card${edition.isPast ? ' past' : ''}" style="--hue:${edition.city.hue}">
  <a href="/cities/${edition.city.id}">
    ${skyline(edition.city.id)}
    <div class="stop-text">
      <span class="date">${shortDay(edition.startsAt)}</span>
      <h3>${edition.city.name}</h3>
      <p>${edition.city.blurb}</p>
      ${edition.isPast ? html`<p class="tag">Slides and draw are out</p>` : seatMeter(context, edition)}
    </div>
  </a>
</li>`

/** Three talks, another three each day. @param {import('../layout.mjs').Context} context */
function highlights({ now }) {
  const start = Math.floor(now / DAY) % talks.length
  const picked = [0, 5, 10]
    .map(step => talks[(start + step) % talks.length])
    .filter(talk => talk !== undefined)
  return html`<section class="band">
  <h2>Worth the train</h2>
  <ul class="quotes">${picked.map(
    talk =>
      html`<li><a href="/talks/${talk.id}"><h3${lang(talk)}>${talk.title}</h3><p${lang(talk)}>${firstSentence(talk.abstract)}</p><span>${speakerOf(talk.speaker)?.name}</span></a></li>`,
  )}</ul>
  <p><a class="link" href="/talks">All ${talks.length} talks</a></p>
</section>`
}

/** @param {string} text */
const firstSentence = text => /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text
