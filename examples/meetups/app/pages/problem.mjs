import { html } from '../html.mjs'
import { page } from '../http.mjs'
import { layout } from '../layout.mjs'

const titles = /** @type {Record<number, string>} */ ({
  403: 'Not from here',
  404: 'No trail here',
  405: 'Not that way',
  409: 'Too late',
  500: 'We dropped the canoe',
  503: 'No room left',
})

/** @param {import('../layout.mjs').Context} context @param {number} status @param {string} message */
export const problem = (context, status, message) =>
  page(
    layout(context, {
      title: titles[status] ?? 'That did not work',
      main: html`<section class="band first problem-page"><p class="eyebrow">${status}</p><h1>${titles[status] ?? 'That did not work'}</h1><p class="lead">${message}</p><p><a class="button" href="/">Back to the tour</a></p></section>`,
    }),
    { status },
  )

/** Where even the layout fails. @param {number} status @param {string} message */
export const bareProblem = (status, message) =>
  page(
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${status}</title><link rel="stylesheet" href="/static/style.css"></head><body><main class="bare"><h1>${status}</h1><p>${message}</p></main></body></html>`,
    { status },
  )
