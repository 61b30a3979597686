/**
 * @typedef {object} Sponsor
 * @property {string} name
 * @property {string} gives
 * @property {'host' | 'food' | 'draw' | 'travel'} kind
 * @property {number} mark which of the drawn marks is its logo
 */

/** Companies that do not exist. @type {readonly Sponsor[]} */
export const sponsors = [
  { name: 'Boréal Cloud', gives: 'travel for every speaker', kind: 'travel', mark: 0 },
  { name: 'Ligne Verte', gives: 'the train between the stops', kind: 'travel', mark: 1 },
  { name: 'Huit Rivières', gives: 'the room in Montréal', kind: 'host', mark: 2 },
  { name: 'Maple & Mortar', gives: 'supper in Toronto and Ottawa', kind: 'food', mark: 3 },
  { name: 'Kettle Creek Labs', gives: 'tickets for the draw', kind: 'draw', mark: 4 },
  { name: 'Sault Systems', gives: 'captions at every stop', kind: 'host', mark: 5 },
]
