import { portrait, skyline } from '../art.mjs'
import { speakerOf } from '../data/speakers.mjs'
import { talksIn } from '../data/talks.mjs'
import { formCookie, formToken } from '../csrf.mjs'
import { editionIn } from '../editions.mjs'
import { html } from '../html.mjs'
import { HttpError, page, setCookie } from '../http.mjs'
import { layout } from '../layout.mjs'
import { dayText, timeText } from '../zone.mjs'
import { lang } from './lang.mjs'
import { seatMeter, seatsOf } from './seats.mjs'

/** @typedef {{ name?: string, email?: string, conduct?: string }} Problems */

/** @param {import('../layout.mjs').Context} context */
export const city = context => cityPage(context, {}, { name: '', email: '' })

/**
 * The page of a stop; after a form that was refused with what was wrong with it.
 * @param {import('../layout.mjs').Context} context @param {Problems} problems @param {{ name: string, email: string }} filled
 */
export function cityPage(context, problems, filled) {
  const edition = editionIn(context.tour, context.params['city'])
  if (!edition) throw new HttpError(404, 'The tour does not stop there. Yet.')
  const { city, startsAt, doorsAt } = edition
  const token = formToken(context.cookies)
  const isRefused = Object.keys(problems).length > 0
  return page(
    layout(context, {
      title: city.name,
      hue: city.hue,
      main: html`
<section class="city-hero">${skyline(city.id)}
  <div class="city-title">
    <p class="eyebrow">${city.region}${edition.isPast ? ' · behind us' : ''}</p>
    <h1>${city.name}</h1>
    <p class="when">${dayText(startsAt)}</p>
  </div>
</section>
<div class="columns">
  <section>
    <h2>The evening</h2>
    <ol class="schedule">
      <li><time>${timeText(doorsAt)}</time><div><strong>Doors, and something warm</strong></div></li>
      ${slots(edition).map(
        ({ talk, at }) => html`<li><time>${timeText(at)}</time><div>
          <a href="/talks/${talk.id}"${lang(talk)}>${talk.title}</a>
          <span class="who">${portraitOf(talk.speaker)}${speakerOf(talk.speaker)?.name} · ${talk.minutes} min</span></div></li>`,
      )}
      <li><time>${timeText(edition.endsAt - 15 * 60_000)}</time><div><strong>The draw</strong><span class="who">Three tickets for Confluence Days, <a href="/draw/${edition.id}">drawn so that you can check it</a></span></div></li>
    </ol>
  </section>
  <aside class="panel" id="rsvp">
    <h2>${edition.isPast ? 'Thank you for coming' : 'Your seat'}</h2>
    ${seatMeter(context, edition)}
    ${edition.isPast ? pastPanel(edition) : form(context, { edition, token, problems, filled })}
    <h3>Where</h3>
    <p><strong>${city.venue.name}</strong><br>${city.venue.address}</p>
    <p class="quiet">${city.venue.access}</p>
    <p><a class="link" href="/cities/${city.id}/calendar.ics">Add to calendar</a></p>
  </aside>
</div>`,
    }),
    {
      ...(isRefused ? { status: 422 } : {}),
      cookies: [setCookie(formCookie, token), setCookie('home', city.id, 31_536_000)],
    },
  )
}

/** When each talk starts: one after the other, with a breath between. @param {import('../editions.mjs').Edition} edition */
function slots({ city, startsAt }) {
  let at = startsAt + 10 * 60_000
  return talksIn(city.id).map(talk => {
    const slot = { talk, at }
    at += (talk.minutes + 15) * 60_000
    return slot
  })
}

/** @param {string} id */
function portraitOf(id) {
  const speaker = speakerOf(id)
  return speaker ? portrait(speaker) : ''
}

/** @param {import('../editions.mjs').Edition} edition */
const pastPanel = edition =>
  html`<p>The slides are beside each talk, and <a href="/draw/${edition.id}">the draw</a> can be checked by anybody.</p>`

/**
 * @param {import('../layout.mjs').Context} context
 * @param {{ edition: import('../editions.mjs').Edition, token: string, problems: Problems, filled: { name: string, email: string } }} state
 */
function form(context, { edition, token, problems, filled }) {
  const { left } = seatsOf(context, edition)
  return html`<form method="post" action="/cities/${edition.city.id}/rsvp" class="rsvp" novalidate>
    <input type="hidden" name="token" value="${token}">
    ${field({ name: 'name', label: 'Name', type: 'text', autocomplete: 'name', value: filled.name, problem: problems.name })}
    ${field({ name: 'email', label: 'Email', type: 'email', autocomplete: 'email', value: filled.email, problem: problems.email })}
    <label class="check"><input type="checkbox" name="conduct" value="yes" required${problems.conduct ? html` aria-invalid="true" aria-describedby="conduct-problem"` : ''}> I will be kind to people and patient with projectors</label>
    ${problems.conduct ? html`<p class="problem" id="conduct-problem">${problems.conduct}</p>` : ''}
    <button class="button" type="submit">${left > 0 ? 'Take a seat' : 'Join the waiting list'}</button>
    <p class="quiet">We keep your name and address until the evening is over, in this demo’s memory and nowhere else.</p>
  </form>`
}

/** @param {{ name: string, label: string, type: string, autocomplete: string, value: string, problem: string | undefined }} of */
const field = ({ name, label, type, autocomplete, value, problem }) => html`<label class="field">${label}
  <input name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="120" required value="${value}"${problem ? html` aria-invalid="true" aria-describedby="${name}-problem"` : ''}></label>
  ${problem ? html`<p class="problem" id="${name}-problem">${problem}</p>` : ''}`
