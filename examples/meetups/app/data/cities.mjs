/**
 * @typedef {object} City
 * @property {string} id also the host name part of calendar entries
 * @property {string} name
 * @property {string} region
 * @property {'en' | 'fr'} language of the evening
 * @property {number} x position on the route map, 0–1000
 * @property {number} y position on the route map, 0–300
 * @property {string} hue CSS hue of the city's pages
 * @property {Venue} venue
 * @property {number} capacity
 * @property {number} seeded seats taken before the site went live
 * @property {string} blurb
 *
 * @typedef {object} Venue
 * @property {string} name
 * @property {string} address
 * @property {string} access how to get there, and in
 */

/** The stops of the tour, in the order of the river. @type {readonly City[]} */
export const cities = [
  {
    id: 'montreal',
    name: 'Montréal',
    region: 'Québec',
    language: 'fr',
    x: 690,
    y: 128,
    hue: '352',
    venue: {
      name: 'Atelier du Canal',
      address: '412, rue des Éclusiers, Montréal',
      access: 'Métro Lionel-Groulx, then ten minutes along the water. Step-free entrance on the canal side.',
    },
    capacity: 120,
    seeded: 74,
    blurb: 'Where the tour began: brick, water and the loudest questions of the season.',
  },
  {
    id: 'quebec',
    name: 'Québec',
    region: 'Québec',
    language: 'fr',
    x: 900,
    y: 70,
    hue: '212',
    venue: {
      name: 'La Halle Basse-Ville',
      address: '27, rue du Quai-Neuf, Québec',
      access: 'Bus 1 to Place du Quai. The lift is left of the cloakroom.',
    },
    capacity: 80,
    seeded: 51,
    blurb: 'Small room, long evening: hallway conversations that outlive the talks.',
  },
  {
    id: 'ottawa',
    name: 'Ottawa',
    region: 'Ontario',
    language: 'en',
    x: 540,
    y: 108,
    hue: '150',
    venue: {
      name: 'Rideau Commons',
      address: '88 Locksmith Lane, Ottawa',
      access: 'O-Train to Rideau, exit B. Guest badges at the door, please bring a photo ID.',
    },
    capacity: 90,
    seeded: 38,
    blurb: 'Regulated, careful, surprisingly fast: how public services ship every day.',
  },
  {
    id: 'toronto',
    name: 'Toronto',
    region: 'Ontario',
    language: 'en',
    x: 330,
    y: 182,
    hue: '268',
    venue: {
      name: 'The Foundry on King',
      address: '1190 King Yard, Toronto',
      access: '504 streetcar to King Yard. Elevators at the north end; captions on both screens.',
    },
    capacity: 150,
    seeded: 147,
    blurb: 'The biggest room of the tour, and the first one to fill up.',
  },
  {
    id: 'kitchener-waterloo',
    name: 'Kitchener-Waterloo',
    region: 'Ontario',
    language: 'en',
    x: 160,
    y: 196,
    hue: '28',
    venue: {
      name: 'Conestoga Works',
      address: '5 Spindle Street, Kitchener',
      access: 'ION light rail to Mill. The yellow door; ramp on the right.',
    },
    capacity: 70,
    seeded: 29,
    blurb: 'Students, founders and people who keep very old machines running very well.',
  },
]

/** @param {string | undefined} id */
export const cityOf = id => cities.find(city => city.id === id)
