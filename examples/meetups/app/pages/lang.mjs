import { html } from '../html.mjs'

/** Marks French titles, so that they are read aloud in French. @param {import('../data/talks.mjs').Talk} talk */
export const lang = talk => (talk.language === 'fr' ? html` lang="fr"` : '')
