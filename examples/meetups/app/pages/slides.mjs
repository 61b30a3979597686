import { skyline } from '../art.mjs'
import { cityOf } from '../data/cities.mjs'
import { speakerOf } from '../data/speakers.mjs'
import { talkOf } from '../data/talks.mjs'
import { html } from '../html.mjs'
import { HttpError, page } from '../http.mjs'
import { lang } from './lang.mjs'

/** A deck that scrolls from slide to slide, and prints. @param {import('../layout.mjs').Context} context */
export function slides(context) {
  const talk = talkOf(context.params['talk'])
  const city = cityOf(talk?.city)
  if (!talk || !city) throw new HttpError(404, 'There are no slides under this address.')
  const count = talk.slides.length + 2
  const last = talk.slides.length + 1
  return page(html`<!doctype html>
<html lang="en" class="deck-page" style="--hue:${city.hue}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${talk.title} · slides</title><link rel="icon" href="/static/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/style.css?v=${context.version}"></head>
<body><main class="deck"${lang(talk)}>
<section class="slide cover" id="s0">${skyline(city.id)}<div><h1>${talk.title}</h1><p>${speakerOf(talk.speaker)?.name}<br><span>Portage, ${city.name}</span></p></div>${step(0, count)}</section>
${talk.slides.map(
  (slide, index) =>
    html`<section class="slide" id="s${index + 1}"><h2>${slide.title}</h2><ul>${slide.points.map(point => html`<li>${point}</li>`)}</ul>${step(index + 1, count)}</section>`,
)}
<section class="slide end" id="s${last}"><h2>Merci. Thank you.</h2><p><a href="/talks/${talk.id}">Back to the talk</a></p>${step(last, count)}</section>
</main></body></html>`)
}

/** @param {number} index @param {number} count */
const step = (index, count) =>
  html`<nav class="step" aria-label="Slides">${index > 0 ? html`<a href="#s${index - 1}" aria-label="Previous slide">↑</a>` : ''}<span>${index + 1} / ${count}</span>${index < count - 1 ? html`<a href="#s${index + 1}" aria-label="Next slide">↓</a>` : ''}</nav>`
