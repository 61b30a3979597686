import { emblem } from './art.mjs'
import { aside } from './aside.mjs'
import { tools } from './header.mjs'
import { html } from './html.mjs'

/**
 * What every page is drawn from.
 * @typedef {object} Context
 * @property {import('node:http').IncomingMessage} request
 * @property {URL} url
 * @property {Record<string, string>} params
 * @property {Record<string, string>} cookies
 * @property {string | undefined} home the visitor's own city
 * @property {number} now
 * @property {readonly import('./editions.mjs').Edition[]} tour
 * @property {import('./rsvp-store.mjs').RsvpStore} store
 * @property {import('./metrics.mjs').Metrics} metrics
 * @property {string} version
 * @property {string} drawSecret
 */

const links = [
  ['/', 'Tour'],
  ['/talks', 'Talks'],
  ['/draw', 'Draw'],
  ['/about', 'About'],
]

/**
 * The page around its content. `hue` gives it a city's colour.
 * @param {Context} context
 * @param {{ title: string, main: import('./html.mjs').Html, hue?: string }} content
 */
export const layout = (context, { title, main, hue }) => html`<!doctype html>
<html lang="en"${hue ? html` style="--hue:${hue}"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title === 'Portage' ? 'Portage: five cities, one river of talks' : `${title} · Portage`}</title>
<meta name="description" content="A meetup tour on shipping software calmly, in five Canadian cities.">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css?v=${context.version}">
<link rel="alternate" type="text/calendar" href="/calendar.ics" title="Portage calendar">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
  <a class="brand" href="/">${emblem}<span>Portage</span></a>
  <nav aria-label="Main">${links.map(
    ([path, name]) =>
      html`<a href="${path}"${isHere(context, path ?? '') ? html` aria-current="page"` : ''}>${name}</a>`,
  )}</nav>
  ${tools(context)}
</header>
<main id="content">
${main}
${aside(context)}
</main>
<footer class="bottom">
  <div>
    <p><strong>Portage</strong> is the example application of Drave. Its people, companies, rooms and evenings are invented; any resemblance is a coincidence.</p>
    <p class="quiet">Version ${context.version} · <a href="/calendar.ics">Calendar feed</a> · <a href="/metrics">Metrics</a></p>
  </div>
</footer>
</body>
</html>
`

/** @param {Context} context @param {string} path */
const isHere = ({ url }, path) => (path === '/' ? url.pathname === '/' : url.pathname.startsWith(path))
