/** HTML that is safe to send: built by `html`, or vouched for with `raw`. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }
  toString() {
    return this.text
  }
}

const ESCAPES = /** @type {Record<string, string>} */ ({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
})

/** @param {unknown} value */
export const escapeHtml = value => String(value).replace(/[&<>"']/g, character => ESCAPES[character] ?? '')

/** @param {unknown} value @returns {string} */
function render(value) {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  if (value === undefined || value === null || value === false) return ''
  return escapeHtml(value)
}

/**
 * A template whose values are escaped, unless they are Html themselves; lists are joined, nothing is nothing.
 * @param {TemplateStringsArray} strings @param {...unknown} values
 */
export const html = (strings, ...values) =>
  new Html(
    strings.reduce(
      (text, part, index) => text + part + (index < values.length ? render(values[index]) : ''),
      '',
    ),
  )

/** @param {string} text markup written by hand */
export const raw = text => new Html(text)
