import { cities } from './data/cities.mjs'
import { html, raw } from './html.mjs'

/** Lit windows: small squares on a grid inside a building. @param {number} x @param {number} y @param {number} columns @param {number} rows @param {number} [gap] */
const windows = (x, y, columns, rows, gap = 8) =>
  Array.from({ length: columns * rows }, (_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    // Some people have gone home.
    if ((column * 7 + row * 5 + x) % 4 === 0) return ''
    return `<rect class="lit" x="${x + column * gap}" y="${y + row * gap}" width="3" height="4" rx=".5"/>`
  }).join('')

/** @param {number} x @param {number} height @param {number} [base] */
const pine = (x, height, base = 170) => {
  const width = height * 0.42
  const tier = (/** @type {number} */ top, /** @type {number} */ spread) =>
    `M${x} ${base - height * top}l${width * spread} ${height * 0.42}h${-2 * width * spread}z`
  return `<path class="near" d="${tier(1, 0.55)}${tier(0.78, 0.8)}${tier(0.55, 1)}M${x - 1.5} ${base - 12}h3v12h-3z"/>`
}

/** What each city's evening looks like, drawn on 480 × 200 with the water from 170 down. */
const silhouettes = /** @type {Record<string, string>} */ ({
  montreal: `
    <path class="far" d="M0 170V128c60-6 92-58 168-62 70-4 96 40 152 50 60 10 100 2 160 14v40z"/>
    <path class="far" d="M165 66v-22m-7 7h14" style="stroke:var(--lit);stroke-width:2.4;fill:none"/>
    <path class="mid" d="M24 170v-44h26v-8h22v8h20v44zM100 170v-62l14-12 14 12v62zM300 170V92h10v-8h18v8h10v78zM344 170v-60h30v60z"/>
    ${windows(30, 132, 7, 4)}${windows(305, 98, 4, 8)}${windows(350, 116, 3, 6)}
    <g class="wire"><circle cx="224" cy="138" r="38"/><path d="M188 128h72M186 142h76M192 156h64M196 114h56M206 104h36M224 100v76M205 105c-14 20-14 46 0 66M243 105c14 20 14 46 0 66M216 101c-6 22-6 50 0 74M232 101c6 22 6 50 0 74"/></g>
    <path class="near" d="M392 170v-50h20v-14h30v14h18v50z"/><path class="wire" d="M398 170l18-26m0 0h10m-6 26l20-26"/>
    ${windows(398, 126, 7, 2)}${pine(152, 40)}${pine(276, 32)}${pine(380, 26)}`,
  quebec: `
    <path class="far" d="M0 170v-30l60-14 70 8 60-30 130-4 70 30 90 4v36z"/>
    <path class="mid" d="M60 170v-22l34-18h66l10-16h150l12 16h56l40 20v20z"/>
    <path class="near" d="M150 130V92l12-26 12 26v14h16V82l18-38 18 38v4h14V66l16-36 16 36v22h14V82l16-34 16 34v26h14V90l12-26 12 26v40z"/>
    <path class="near" d="M161 66v-8m47-14v-10m48 14V18m46 30V36m44 28v-8" style="stroke:var(--near);stroke-width:2"/>
    ${windows(155, 98, 2, 4)}${windows(196, 92, 3, 5)}${windows(246, 76, 3, 7)}${windows(292, 90, 3, 5)}${windows(332, 98, 3, 4)}
    <path class="near" d="M0 170v-18l22-14 22 14v-10l20-12 20 12v28zM396 170v-26l16-10 16 10v8l22-14 30 18v14z"/>
    ${windows(8, 154, 8, 2)}${windows(402, 150, 4, 2)}
    <path class="wire" d="M104 168l44-36M110 170l44-36"/><rect class="lit" x="122" y="146" width="9" height="8" rx="1"/>
    ${pine(380, 30)}${pine(140, 24)}`,
  ottawa: `
    <path class="far" d="M0 170v-24c80-22 150-14 220-24s170 10 260-6v54z"/>
    <path class="mid" d="M70 170v-50l8-10 8 10 12-16h84l12 16 8-10 8 10h20V44l6-4V30l12-24 12 24v10l6 4v76h20l8-10 8 10 12-16h84l12 16 8-10 8 10v50z"/>
    <circle class="lit" cx="248" cy="58" r="8"/><path class="near" d="M247 52h2v6l4 3-1 1.6-5-3.8z"/>
    ${windows(82, 124, 17, 4)}${windows(284, 124, 16, 4)}${windows(239, 76, 3, 8)}
    <path class="near" d="M0 170v-18h120v18zM360 170v-18h120v18z"/>
    <path class="wire" d="M0 152h480M20 170c0-14 30-14 30 0m10 0c0-14 30-14 30 0m10 0c0-14 30-14 30 0m210 0c0-14 30-14 30 0m10 0c0-14 30-14 30 0m10 0c0-14 30-14 30 0"/>
    ${pine(150, 34)}${pine(170, 26)}${pine(322, 36)}${pine(344, 26)}`,
  toronto: `
    <path class="far" d="M0 170v-52h26V96h30v22h18V84h34v34h20V70h24v48h120V88h26v30h22V66h30v52h28V90h34v28h28v-16h30v68z"/>
    <path class="mid" d="M20 170v-66h34v66zM62 170V74l16-8 16 8v96zM290 170V58h36v112zM334 170V88h26v82zM368 170V46l20-8v132zM396 170V98h40v72z"/>
    ${windows(25, 110, 4, 7)}${windows(68, 80, 3, 11)}${windows(296, 64, 4, 13)}${windows(339, 94, 3, 9)}${windows(373, 50, 2, 14)}${windows(402, 104, 5, 8)}
    <path class="near" d="M218 170l6-92h-9l-8-8 3-8h12l1-34 1.500-26 1.500 26 1 34h12l3 8-8 8h-9l6 92z"/>
    <path class="lit" d="M209 66h32v3h-32z"/>
    <path class="near" d="M114 170v-16c0-26 74-26 74 0v16z"/><path class="wire" d="M114 154c24-8 50-8 74 0M151 134v20"/>
    <path class="near" d="M440 170v-24h40v24z"/>${windows(445, 150, 4, 2)}`,
  'kitchener-waterloo': `
    <path class="far" d="M0 170v-20c60-20 120-6 190-18s160-14 290 4v34z"/>
    <path class="mid" d="M40 170v-52l26-18v18l26-18v18l26-18v18l26-18v70z"/>
    <path class="near" d="M160 170V58h4l2-8h8l2 8h4v112z"/><path class="smoke" d="M170 46c-8-10 8-14 0-24s10-12 4-20"/>
    ${windows(48, 126, 11, 4)}
    <path class="mid" d="M214 170v-80h-5v-8l19-28 19 28v8h-5v80z"/><circle class="lit" cx="228" cy="98" r="8.500"/>
    <path class="near" d="M227 92h2v6l4 3-1 1.600-5-3.800z"/>${windows(220, 116, 3, 5)}
    <path class="mid" d="M266 170v-44h60v-16h34v60zM372 170V96h44v74zM424 170v-34h46v34z"/>
    ${windows(272, 132, 11, 4)}${windows(378, 102, 5, 8)}${windows(430, 142, 5, 3)}
    <path class="wire" d="M180 140h300M300 140v30M400 140v30"/>
    <g><rect class="near" x="286" y="150" width="92" height="18" rx="6"/><path class="lit" d="M292 154h16v7h-16zM312 154h16v7h-16zM332 154h16v7h-16zM352 154h18v7h-18z"/></g>
    ${pine(20, 40)}${pine(198, 26)}${pine(256, 30)}`,
})

/** A city's evening by the water. @param {string} id */
export const skyline = id =>
  raw(`<svg class="skyline" viewBox="0 0 480 210" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
    <rect class="sky" width="480" height="210"/><circle class="moon" cx="408" cy="36" r="15"/>
    ${silhouettes[id] ?? ''}
    <rect class="water" y="169" width="480" height="41"/>
    <path class="ripple" d="M30 180h60m40 0h90m60 0h40m50 0h80M0 190h40m70 0h60m90 0h110m40 0h50M60 200h90m60 0h40m120 0h70"/>
  </svg>`)

/** The route along the water, with every stop. @param {readonly import('./editions.mjs').Edition[]} tour @param {string | undefined} here */
export function routeMap(tour, here) {
  const byRoute = [...cities].sort((a, b) => a.x - b.x)
  const river = byRoute.reduce((path, { x, y }, index) => {
    const previous = byRoute[index - 1]
    if (!previous) return `M-40 ${y + 34}C40 ${y + 20} 90 ${y + 4} ${x} ${y}`
    const middle = (previous.x + x) / 2
    return `${path}C${middle} ${previous.y} ${middle} ${y} ${x} ${y}`
  }, '')
  return html`<svg class="route" viewBox="0 0 1000 300" role="img" aria-label="Map of the tour: five stops from Kitchener-Waterloo to Québec">
    <path class="ridge ridge-3" d="M0 120C90 60 160 96 250 70s150-58 250-34 160 44 260-4 160-24 240-10v278H0z"/>
    <path class="ridge ridge-2" d="M0 176c120-50 200-4 300-30s190-64 300-30 220 30 400-40v224H0z"/>
    <path class="ridge ridge-1" d="M0 232c140-30 240 30 380 8s220-70 340-46 180 20 280-24v130H0z"/>
    <path class="river" d="${river}C950 50 970 40 1040 20"/>
    <path class="river-line" d="${river}C950 50 970 40 1040 20"/>
    ${tour.map(
      ({
        city,
        isPast,
      }) => html`<a href="/cities/${city.id}" class="stop${isPast ? ' past' : ''}${city.id === here ? ' here' : ''}">
        <circle class="halo" cx="${city.x}" cy="${city.y}" r="24"/><circle class="dot" cx="${city.x}" cy="${city.y}" r="10"/>
        <text x="${city.x}" y="${city.y + 44}" text-anchor="middle">${city.name}</text></a>`,
    )}
  </svg>`
}

/** A face of initials on a field that is the person's own. @param {{ id: string, name: string }} person */
export function portrait({ id, name }) {
  const seed = [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9973, 7)
  const initials = name
    .split(/[\s-]+/)
    .map(part => part[0])
    .slice(0, 2)
    .join('')
  const [turn, size, shift] = [seed % 360, 26 + (seed % 18), (seed % 30) - 15]
  return html`<svg class="portrait" viewBox="0 0 96 96" aria-hidden="true" style="--hue:${(seed * 7) % 360}">
    <rect class="field" width="96" height="96"/>
    <g transform="rotate(${turn} 48 48)"><circle class="shape-1" cx="${48 + shift}" cy="26" r="${size}"/><path class="shape-2" d="M-20 ${64 + shift / 2}q34-30 68 0t68 0v60H-20z"/></g>
    <text x="48" y="59" text-anchor="middle">${initials}</text></svg>`
}

const marks = [
  'M12 36L24 10l12 26zM18 36l6-12 6 12z',
  'M8 30h32v5H8zM14 12h20v14H14zM16 36l-4 6m20-6l4 6',
  'M24 6c10 12 14 18 14 24a14 14 0 0 1-28 0c0-6 4-12 14-24z',
  'M8 38h32v-8H26v-8h10v-8H12v8h10v8H8z',
  'M12 20h24l-4 20H16zM18 20c0-14 12-14 12 0M36 24l8-6',
  'M24 6l16 9v18l-16 9-16-9V15z',
]

/** @param {number} index */
export const mark = index =>
  raw(
    `<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><path fill-rule="evenodd" d="${marks[index] ?? ''}"/></svg>`,
  )

/** The tour's own mark: a canoe under a ridge. */
export const emblem = raw(
  '<svg class="emblem" viewBox="0 0 48 48" aria-hidden="true"><path class="emblem-ridge" d="M4 28L17 9l8 11 6-8 13 16z"/><path class="emblem-hull" d="M3 31c6 10 36 10 42 0-3 1-6 1.500-9 1.500H12c-3 0-6-.5-9-1.500z"/></svg>',
)
