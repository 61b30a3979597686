import { calendarOf } from './calendar.mjs'
import { editionIn } from './editions.mjs'
import { HttpError } from './http.mjs'
import { about } from './pages/about.mjs'
import { city } from './pages/city.mjs'
import { draw, drawList, drawTickets } from './pages/draw.mjs'
import { home } from './pages/home.mjs'
import { cancel, rsvp, ticket } from './pages/rsvp.mjs'
import { slides } from './pages/slides.mjs'
import { speakerPage } from './pages/speaker.mjs'
import { talk, talkList } from './pages/talk.mjs'

/**
 * @typedef {(context: import('./layout.mjs').Context) => import('./http.mjs').Reply | Promise<import('./http.mjs').Reply>} Handler
 * @typedef {readonly ['GET' | 'POST', string, Handler]} Route
 */

/** Every page: method, path with `:parameters`, handler. The path is also the label in metrics and logs. @type {readonly Route[]} */
export const routes = [
  ['GET', '/', home],
  ['GET', '/talks', talkList],
  ['GET', '/talks/:talk', talk],
  ['GET', '/talks/:talk/slides', slides],
  ['GET', '/speakers/:speaker', speakerPage],
  ['GET', '/cities/:city', city],
  ['POST', '/cities/:city/rsvp', rsvp],
  ['GET', '/cities/:city/tickets/:ticket', ticket],
  ['POST', '/cities/:city/tickets/:ticket/cancel', cancel],
  ['GET', '/draw', drawList],
  ['GET', '/draw/:edition', draw],
  ['GET', '/draw/:edition/tickets.txt', drawTickets],
  ['GET', '/about', about],
  ['GET', '/calendar.ics', context => calendar(context, context.tour, 'Portage')],
  ['GET', '/cities/:city/calendar.ics', cityCalendar],
]

/** @param {import('./layout.mjs').Context} context */
function cityCalendar(context) {
  const edition = editionIn(context.tour, context.params['city'])
  if (!edition) throw new HttpError(404, 'The tour does not stop there. Yet.')
  return calendar(context, [edition], `Portage in ${edition.city.name}`)
}

/** @param {import('./layout.mjs').Context} context @param {readonly import('./editions.mjs').Edition[]} editions @param {string} name */
const calendar = ({ request, now }, editions, name) => ({
  type: 'text/calendar; charset=utf-8',
  body: calendarOf(editions, { name, now, origin: `http://${request.headers.host ?? 'localhost'}` }),
})
