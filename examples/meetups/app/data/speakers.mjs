/**
 * @typedef {object} Speaker
 * @property {string} id
 * @property {string} name
 * @property {string} role
 * @property {string} bio
 */

/** People who do not exist, with jobs that do. @type {readonly Speaker[]} */
export const speakers = [
  {
    id: 'maelle-tremblay-okafor',
    name: 'Maëlle Tremblay-Okafor',
    role: 'Release engineer, Ligne Verte',
    bio: 'Keeps a notebook of every rollback since 2017. Plays the hurdy-gurdy, in tune on most days.',
  },
  {
    id: 'idris-belanger',
    name: 'Idris Bélanger',
    role: 'Staff engineer, Huit Rivières',
    bio: 'Distrusts queues professionally and waits in them happily for good bread.',
  },
  {
    id: 'noor-halvorsen',
    name: 'Noor Halvorsen',
    role: 'Observability lead, Boréal Cloud',
    bio: 'Draws architectures on walls and is usually allowed to come back.',
  },
  {
    id: 'eloi-castonguay',
    name: 'Éloi Castonguay',
    role: 'Field engineer, Coopérative Sève',
    bio: 'Runs eighty sugar shacks from one repository, and boils his own in March.',
  },
  {
    id: 'saoirse-lamontagne',
    name: 'Saoirse Lamontagne',
    role: 'Incident writer, independent',
    bio: 'Former radio journalist. Believes that a timeline is not a story.',
  },
  {
    id: 'philippe-anand',
    name: 'Philippe Anand',
    role: 'Security engineer, Caisse du Quai',
    bio: 'Has renewed more certificates than he has had hot dinners, automatically.',
  },
  {
    id: 'wren-adeyemi',
    name: 'Wren Adeyemi',
    role: 'Service designer, Rideau Digital',
    bio: 'Tests everything on the slowest computer of the public library.',
  },
  {
    id: 'teodor-macphail',
    name: 'Teodor MacPhail',
    role: 'Platform lead, Rideau Digital',
    bio: 'Writes policies and the apologies that make them unnecessary.',
  },
  {
    id: 'amara-lindqvist',
    name: 'Amara Lindqvist',
    role: 'Reliability engineer, Kettle Creek Labs',
    bio: 'Sleeps through the night, and can show you the query.',
  },
  {
    id: 'jun-kowalczyk',
    name: 'Jun Kowalczyk',
    role: 'Platform engineer, Maple & Mortar',
    bio: 'Gives every idea a URL for eleven minutes.',
  },
  {
    id: 'leila-marchetti',
    name: 'Leila Marchetti',
    role: 'Traffic engineer, Sault Systems',
    bio: 'Hashes people for a living, gently and without keeping the results.',
  },
  {
    id: 'dev-okonkwo-roy',
    name: 'Dev Okonkwo-Roy',
    role: 'Database engineer, Queen Street Transit Co-op',
    bio: 'Will tell you how old a number is before telling you the number.',
  },
  {
    id: 'gwendolyn-petkov',
    name: 'Gwendolyn Petkov',
    role: 'Systems keeper, Spindle & Sons',
    bio: 'Third generation at the mill, first generation with a pager.',
  },
  {
    id: 'omar-vansteenkiste',
    name: 'Omar Vansteenkiste',
    role: 'Lecturer, Grand River Polytechnic',
    bio: 'Teaches distributed systems by letting them fall over.',
  },
  {
    id: 'rosalind-nakagawa',
    name: 'Rosalind Nakagawa',
    role: 'Engineering manager, Kettle Creek Labs',
    bio: 'Cut the release meeting to zero minutes and kept the cookies.',
  },
]

/** @param {string | undefined} id */
export const speakerOf = id => speakers.find(speaker => speaker.id === id)
