import { portrait } from '../art.mjs'
import { cityOf } from '../data/cities.mjs'
import { speakerOf } from '../data/speakers.mjs'
import { talks, talksIn } from '../data/talks.mjs'
import { nextOf } from '../editions.mjs'
import { html } from '../html.mjs'
import { HttpError, page } from '../http.mjs'
import { layout } from '../layout.mjs'
import { lang } from './lang.mjs'
import { card } from './talk.mjs'

const DAY = 86_400_000

/** Somebody to look forward to: a speaker of the next stop, another one each day. @param {import('../layout.mjs').Context} context */
export function spotlight({ tour, now, version }) {
  const next = nextOf(tour)
  const candidates = next ? talksIn(next.city.id) : talks
  const talk = candidates[Math.floor(now / DAY) % candidates.length]
  const speaker = speakerOf(talk?.speaker)
  if (!talk || !speaker) return ''
  return html`<link rel="stylesheet" href="/static/spotlight.css?v=${version}">
<section class="spotlight" aria-labelledby="spotlight-name">
  <div class="spotlight-face">${portrait(speaker)}</div>
  <div>
    <p class="eyebrow">Speaker spotlight</p>
    <h2 id="spotlight-name"><a href="/speakers/${speaker.id}">${speaker.name}</a></h2>
    <p class="role">${speaker.role}</p>
    <blockquote>${speaker.bio}</blockquote>
    <p>On stage with <a href="/talks/${talk.id}"${lang(talk)}>${talk.title}</a></p>
  </div>
</section>`
}

/** @param {import('../layout.mjs').Context} context */
export function speakerPage(context) {
  const speaker = speakerOf(context.params['speaker'])
  if (!speaker) throw new HttpError(404, 'We do not know this speaker. Introduce us?')
  const given = talks.filter(talk => talk.speaker === speaker.id)
  const city = cityOf(given[0]?.city)
  return page(
    layout(context, {
      title: speaker.name,
      ...(city ? { hue: city.hue } : {}),
      main: html`<link rel="stylesheet" href="/static/spotlight.css?v=${context.version}">
<section class="spotlight alone"><div class="spotlight-face">${portrait(speaker)}</div>
  <div><p class="eyebrow">${city?.name}</p><h1>${speaker.name}</h1><p class="role">${speaker.role}</p><blockquote>${speaker.bio}</blockquote></div></section>
<section class="band"><h2>Talks</h2><ul class="talk-list">${given.map(talk => card(talk))}</ul></section>`,
    }),
  )
}
