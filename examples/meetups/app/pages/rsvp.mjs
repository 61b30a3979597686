import { checkForm, formCookie, formToken } from '../csrf.mjs'
import { skyline } from '../art.mjs'
import { editionIn } from '../editions.mjs'
import { html } from '../html.mjs'
import { HttpError, page, readForm, redirect, setCookie } from '../http.mjs'
import { layout } from '../layout.mjs'
import { StoreFullError } from '../rsvp-store.mjs'
import { dayText, timeText } from '../zone.mjs'
import { cityPage } from './city.mjs'
import { seatsOf } from './seats.mjs'

/** What is wrong with a form. @param {{ name: string, email: string, conduct: string | null }} filled */
export function problemsOf({ name, email, conduct }) {
  /** @type {import('./city.mjs').Problems} */
  const problems = {}
  if (name.length < 2) problems.name = 'Please tell us what to call you.'
  else if (name.length > 80) problems.name = 'That name is longer than our badges: 80 characters at most.'
  else if ([...name].some(character => character < ' ')) problems.name = 'A name goes on one line.'
  if (!/^[^\s@<>"]{1,64}@[^\s@<>"]{1,190}\.[^\s@<>".]{2,}$/.test(email))
    problems.email = 'This does not look like an email address.'
  if (conduct !== 'yes') problems.conduct = 'The evening works only with this one.'
  return problems
}

/** @param {import('../layout.mjs').Context} context */
function openEdition(context) {
  const edition = editionIn(context.tour, context.params['city'])
  if (!edition) throw new HttpError(404, 'The tour does not stop there. Yet.')
  if (edition.isPast) throw new HttpError(409, `The evening in ${edition.city.name} is over.`)
  return edition
}

/** @param {import('../layout.mjs').Context} context */
export async function rsvp(context) {
  const edition = openEdition(context)
  const form = await readForm(context.request)
  checkForm(context.request, context.cookies, form)
  const filled = {
    name: (form.get('name') ?? '').trim(),
    email: (form.get('email') ?? '').trim().toLowerCase(),
    conduct: form.get('conduct'),
  }
  const problems = problemsOf(filled)
  if (Object.keys(problems).length > 0) {
    context.metrics.rsvp(edition.city.id, 'refused')
    return cityPage(context, problems, filled)
  }
  try {
    const seat = await context.store.add(edition.id, filled, seatsOf(context, edition).open)
    if (seat.isNew) context.metrics.rsvp(edition.city.id, seat.state)
    return redirect(`/cities/${edition.city.id}/tickets/${seat.rsvp.ticket}`)
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error
    context.metrics.rsvp(edition.city.id, 'refused')
    throw new HttpError(503, 'This demo keeps at most 5000 RSVPs, and it has them.')
  }
}

/** @param {import('../layout.mjs').Context} context */
export function ticket(context) {
  const edition = editionIn(context.tour, context.params['city'])
  const seat =
    edition && context.store.find(edition.id, context.params['ticket'] ?? '', seatsOf(context, edition).open)
  if (!edition || !seat) throw new HttpError(404, 'We do not know this ticket. It may have been given back.')
  const token = formToken(context.cookies)
  const { city } = edition
  return page(
    layout(context, {
      title: 'Your ticket',
      hue: city.hue,
      main: html`<section class="ticket-page">
  <article class="ticket">
    <div class="ticket-art">${skyline(city.id)}</div>
    <div class="ticket-text">
      <p class="eyebrow">${seat.state === 'going' ? 'See you there' : `Waiting list, place ${seat.place}`}</p>
      <h1>${city.name}</h1>
      <p>${dayText(edition.startsAt)}, ${timeText(edition.startsAt)}<br>${city.venue.name}</p>
      <p class="ticket-name">${seat.rsvp.name}</p>
      <p class="ticket-number"><span>Ticket</span> <code>${seat.rsvp.ticket}</code></p>
    </div>
  </article>
  ${seat.state === 'going' ? html`<p>Your ticket number takes part in <a href="/draw/${edition.id}">the draw</a>.</p>` : html`<p>When somebody gives a seat back, the list moves up. Come and look here again.</p>`}
  <form method="post" action="/cities/${city.id}/tickets/${seat.rsvp.ticket}/cancel">
    <input type="hidden" name="token" value="${token}">
    <button class="link" type="submit">Give the seat back</button>
  </form>
</section>`,
    }),
    { cookies: [setCookie(formCookie, token)] },
  )
}

/** @param {import('../layout.mjs').Context} context */
export async function cancel(context) {
  const edition = openEdition(context)
  const form = await readForm(context.request)
  checkForm(context.request, context.cookies, form)
  if (await context.store.cancel(edition.id, context.params['ticket'] ?? ''))
    context.metrics.rsvp(edition.city.id, 'cancelled')
  return redirect(`/cities/${edition.city.id}`)
}
