import { portrait } from '../art.mjs'
import { cities, cityOf } from '../data/cities.mjs'
import { speakerOf } from '../data/speakers.mjs'
import { talkOf, talks, talksIn } from '../data/talks.mjs'
import { editionIn } from '../editions.mjs'
import { html } from '../html.mjs'
import { HttpError, page } from '../http.mjs'
import { layout } from '../layout.mjs'
import { shortDay } from '../zone.mjs'
import { lang } from './lang.mjs'

/** @param {import('../layout.mjs').Context} context */
export const talkList = context =>
  page(
    layout(context, {
      title: 'Talks',
      main: html`<section class="band first"><h1>Talks</h1><p class="lead">Fifteen opinions, each with its scars attached.</p></section>
${cities.map(
  city => html`<section class="band talks-of" style="--hue:${city.hue}"><h2><a href="/cities/${city.id}">${city.name}</a></h2>
  <ul class="talk-list">${talksIn(city.id).map(talk => card(talk))}</ul></section>`,
)}`,
    }),
  )

/** @param {import('../data/talks.mjs').Talk} talk */
export function card(talk) {
  const speaker = speakerOf(talk.speaker)
  return html`<li><a href="/talks/${talk.id}">${speaker ? portrait(speaker) : ''}<div><h3${lang(talk)}>${talk.title}</h3><span>${speaker?.name} · ${talk.minutes} min</span></div></a></li>`
}

/** @param {import('../layout.mjs').Context} context */
export function talk(context) {
  const talk = talkOf(context.params['talk'])
  const speaker = speakerOf(talk?.speaker)
  const city = cityOf(talk?.city)
  if (!talk || !speaker || !city) throw new HttpError(404, 'Nobody has given this talk yet. You could.')
  const edition = editionIn(context.tour, city.id)
  const at = talks.indexOf(talk)
  const following = talks[(at + 1) % talks.length]
  return page(
    layout(context, {
      title: talk.title,
      hue: city.hue,
      main: html`<article class="talk">
  <p class="eyebrow"><a href="/cities/${city.id}">${city.name}</a>${edition ? ` · ${shortDay(edition.startsAt)}` : ''} · ${talk.minutes} minutes</p>
  <h1${lang(talk)}>${talk.title}</h1>
  <p class="abstract"${lang(talk)}>${talk.abstract}</p>
  <ul class="topics">${talk.topics.map(topic => html`<li>${topic}</li>`)}</ul>
  <p><a class="button" href="/talks/${talk.id}/slides">Open the slides</a></p>
  <section class="speaker">${portrait(speaker)}<div><h2>${speaker.name}</h2><p class="quiet">${speaker.role}</p><p>${speaker.bio}</p></div></section>
  ${following ? html`<p class="following">Next: <a href="/talks/${following.id}"${lang(following)}>${following.title}</a></p>` : ''}
</article>`,
    }),
  )
}
