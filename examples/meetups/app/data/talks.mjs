/**
 * @typedef {object} Slide
 * @property {string} title
 * @property {readonly string[]} points
 *
 * @typedef {object} Talk
 * @property {string} id
 * @property {string} city
 * @property {'fr'} [language] where it is not English
 * @property {string} title
 * @property {number} minutes
 * @property {string} speaker id of a speaker
 * @property {readonly string[]} topics
 * @property {string} abstract
 * @property {readonly Slide[]} slides
 */

/** @type {readonly Talk[]} */
export const talks = [
  {
    id: 'livrer-le-jeudi',
    language: 'fr',
    city: 'montreal',
    title: 'Livrer le jeudi soir, dormir quand même',
    minutes: 30,
    speaker: 'maelle-tremblay-okafor',
    topics: ['canary', 'metrics'],
    abstract:
      'Nous livrions le mardi matin, par peur. Deux ans plus tard, chaque fusion part en production sans rendez-vous, à dix pour cent du trafic d’abord. Ce que nous avons mesuré, les trois fois où la machine a reculé toute seule, et la seule fois où elle aurait dû.',
    slides: [
      {
        title: 'Pourquoi mardi ?',
        points: [
          'Tout le monde est là',
          'Personne n’a encore de fin de semaine à perdre',
          'Donc : la peur dans un calendrier',
        ],
      },
      {
        title: 'Dix pour cent suffisent',
        points: [
          'Un visiteur garde sa version',
          'Deux signaux : erreurs et latence',
          'Cinq mesures, une seule décision',
        ],
      },
      {
        title: 'La fois où elle aurait dû reculer',
        points: [
          'Aucune erreur, aucune lenteur',
          'Mais plus aucun achat',
          'Mesurez aussi ce que les gens font',
        ],
      },
    ],
  },
  {
    id: 'une-file-sans-fin',
    language: 'fr',
    city: 'montreal',
    title: 'Une file d’attente n’est pas un plan',
    minutes: 25,
    speaker: 'idris-belanger',
    topics: ['queues', 'limits'],
    abstract:
      'Chaque tampon sans limite est une panne remise à plus tard. Une visite guidée des files qui nous ont coûté une nuit, et des trois questions à poser avant d’en ajouter une.',
    slides: [
      {
        title: 'Trois questions',
        points: ['Quelle est sa limite ?', 'Que perd-on quand elle est atteinte ?', 'Qui le voit ?'],
      },
      {
        title: 'Refuser tôt',
        points: ['Un 429 clair vaut mieux qu’un 504 lent', 'Dites quand revenir', 'Comptez les refus'],
      },
      {
        title: 'La nuit du 14',
        points: ['2,3 millions de messages', 'Un seul consommateur', 'Zéro alerte : la file « allait bien »'],
      },
    ],
  },
  {
    id: 'map-of-a-request',
    city: 'montreal',
    title: 'The map of one request',
    minutes: 20,
    speaker: 'noor-halvorsen',
    topics: ['tracing'],
    abstract:
      'We followed a single page view through eleven services and drew it on one wall. Five of the eleven had no reason to be there any more. A practical method, with string.',
    slides: [
      {
        title: 'Pick one request',
        points: ['A real one, from today', 'Slow, but not broken', 'Print every span'],
      },
      {
        title: 'Ask each box',
        points: ['What would the user lose without you?', 'Who would notice?', 'When did you last change?'],
      },
      { title: 'What we removed', points: ['Five services', '140 ms', 'One weekly meeting'] },
    ],
  },
  {
    id: 'le-registre-de-la-ferme',
    language: 'fr',
    city: 'quebec',
    title: 'Le registre de la ferme : du GitOps sans connexion',
    minutes: 30,
    speaker: 'eloi-castonguay',
    topics: ['gitops', 'edge'],
    abstract:
      'Quatre-vingts érablières, une connexion satellite partagée, et un dépôt Git qui décrit ce que chaque bouilloire devrait faire. Quand le lien tombe, la dernière bonne description continue.',
    slides: [
      { title: 'L’état voulu voyage bien', points: ['Quelques kilo-octets', 'Signé', 'Rejouable'] },
      {
        title: 'L’état réel voyage mal',
        points: ['Compteurs, pas journaux', 'Un résumé par heure', 'Le détail reste sur place'],
      },
      {
        title: 'Ce que nous referions',
        points: ['Moins de gabarits', 'Plus de diffs lisibles', 'Un bouton pour arrêter la réconciliation'],
      },
    ],
  },
  {
    id: 'postmortem-like-a-novel',
    city: 'quebec',
    title: 'Reading a postmortem like a novel',
    minutes: 25,
    speaker: 'saoirse-lamontagne',
    topics: ['incidents', 'writing'],
    abstract:
      'Most postmortems are written for nobody. We rewrote thirty of them as short stories with a setting, a turning point and an honest ending, and people started to read them. So did the auditors.',
    slides: [
      {
        title: 'Setting',
        points: ['What was normal that day?', 'Who was already tired?', 'What had changed last week?'],
      },
      {
        title: 'Turning point',
        points: ['The first wrong belief', 'Why it was reasonable', 'What corrected it'],
      },
      { title: 'Ending', points: ['No heroes', 'One change that stays', 'One question left open'] },
    ],
  },
  {
    id: 'des-certificats-ennuyeux',
    language: 'fr',
    city: 'quebec',
    title: 'Des certificats enfin ennuyeux',
    minutes: 20,
    speaker: 'philippe-anand',
    topics: ['security'],
    abstract:
      'Un certificat qui expire est la panne la plus prévisible du monde. Nous les renouvelons tous les jours, exprès, pour que l’échec arrive un mardi à dix heures.',
    slides: [
      {
        title: 'Courts et fréquents',
        points: ['Vingt-quatre heures', 'Renouvelés à mi-vie', 'Personne ne les connaît par cœur'],
      },
      { title: 'Ce qui casse', points: ['Les horloges', 'Les caches', 'Les gens qui épinglent'] },
      {
        title: 'Mesurer',
        points: ['Âge du plus vieux certificat', 'Échecs de renouvellement', 'Rien d’autre'],
      },
    ],
  },
  {
    id: 'forms-before-frameworks',
    city: 'ottawa',
    title: 'Forms before frameworks',
    minutes: 30,
    speaker: 'wren-adeyemi',
    topics: ['web', 'accessibility'],
    abstract:
      'A benefits application that works on a library computer from 2013, with a screen reader, in two languages and over a bad line. It is server-rendered, it weighs 14 kB, and it ships nine times a day.',
    slides: [
      {
        title: 'The library computer',
        points: ['No updates since 2019', 'Fifteen minutes a session', 'It is somebody’s only computer'],
      },
      {
        title: 'What 14 kB buys',
        points: ['A form that always submits', 'Errors beside the field', 'A back button that works'],
      },
      { title: 'Nine times a day', points: ['Small changes', 'One canary each', 'Boring on purpose'] },
    ],
  },
  {
    id: 'policy-that-explains-itself',
    city: 'ottawa',
    title: 'A policy that explains itself',
    minutes: 25,
    speaker: 'teodor-macphail',
    topics: ['policy', 'platform'],
    abstract:
      '“Denied by policy” is not an answer. How we made every refusal name the rule, the field and the person to ask, and why requests for exemptions fell by two thirds.',
    slides: [
      { title: 'Denied by what?', points: ['The rule', 'The field', 'The way out'] },
      {
        title: 'Warn before you deny',
        points: ['Two weeks of warnings', 'A list of who would break', 'Then the date'],
      },
      { title: 'Two thirds', points: ['Fewer exemptions', 'Same rules', 'Better sentences'] },
    ],
  },
  {
    id: 'the-quiet-pager',
    city: 'ottawa',
    title: 'The quiet pager',
    minutes: 20,
    speaker: 'amara-lindqvist',
    topics: ['on-call', 'metrics'],
    abstract:
      'We deleted 340 of 361 alerts and slept better, and then found out which four we missed. A talk about what deserves a human at three in the morning.',
    slides: [
      { title: '361 alerts', points: ['212 never fired', '97 always fired', '31 were acknowledged in bed'] },
      { title: 'The test', points: ['Would a user notice?', 'Can I do something now?', 'Is it new?'] },
      { title: 'The four', points: ['Disk, twice', 'A certificate', 'A queue that was “fine”'] },
    ],
  },
  {
    id: 'ten-thousand-previews',
    city: 'toronto',
    title: 'Ten thousand preview environments',
    minutes: 30,
    speaker: 'jun-kowalczyk',
    topics: ['platform', 'previews'],
    abstract:
      'Every pull request gets a running copy. Most live for eleven minutes. What it costs, what it saves in review time, and the day somebody demonstrated one to a customer.',
    slides: [
      {
        title: 'Eleven minutes',
        points: ['Opened, clicked, merged', 'Scale to nothing at once', 'Keep the link, wake on click'],
      },
      {
        title: 'The bill',
        points: ['Databases, not pods', 'Share the expensive thing', 'Copy the cheap thing'],
      },
      {
        title: 'The customer demo',
        points: ['It was better than production', 'It was gone at lunch', 'Now they say “preview” in red'],
      },
    ],
  },
  {
    id: 'canary-for-people',
    city: 'toronto',
    title: 'A canary for people, not for requests',
    minutes: 25,
    speaker: 'leila-marchetti',
    topics: ['canary', 'gateway'],
    abstract:
      'Ten per cent of requests means that everybody sees the new version sometimes. We hash the person first and apply the weight second, so that nobody falls back and forth. The arithmetic is short; the consequences are not.',
    slides: [
      { title: 'Flicker', points: ['Click: new', 'Click: old', 'Click: support ticket'] },
      {
        title: 'Hash, then weight',
        points: ['A point from 0 to 100', 'Below the weight: new', 'Weights only grow, so nobody goes back'],
      },
      {
        title: 'What it costs',
        points: ['One cookie', 'Uneven shares at small numbers', 'A patient statistician'],
      },
    ],
  },
  {
    id: 'sql-at-the-streetcar-stop',
    city: 'toronto',
    title: 'SQL at the streetcar stop',
    minutes: 20,
    speaker: 'dev-okonkwo-roy',
    topics: ['databases'],
    abstract:
      'A database small enough to live in the shelter’s display, consistent enough to tell you the truth about the 504. Replication, clocks and a great deal of snow.',
    slides: [
      { title: 'The shelter', points: ['Two watts', 'One flash chip', 'Minus thirty'] },
      {
        title: 'Being late honestly',
        points: ['Show the age of the data', 'Never guess forward', 'Say “unknown”'],
      },
      { title: 'Snow', points: ['Radios fade', 'Clocks drift', 'People wait anyway'] },
    ],
  },
  {
    id: 'keeping-a-1987-machine',
    city: 'kitchener-waterloo',
    title: 'Keeping a 1987 machine in production',
    minutes: 30,
    speaker: 'gwendolyn-petkov',
    topics: ['legacy', 'operations'],
    abstract:
      'It schedules the looms, it has 640 kB, and it has been wrong twice. We wrapped it in probes, gave it a queue with a limit and a service name, and left it alone. Respect is an architecture.',
    slides: [
      { title: 'Wrong twice', points: ['1991, a leap day', '2004, a mouse in the cabinet', 'Never since'] },
      {
        title: 'The wrapper',
        points: ['A probe that asks politely', 'A queue of eight', 'A log in plain words'],
      },
      {
        title: 'Respect',
        points: ['Do not rewrite what works', 'Write down what it knows', 'Keep spare belts'],
      },
    ],
  },
  {
    id: 'students-break-it',
    city: 'kitchener-waterloo',
    title: 'Let students break it',
    minutes: 25,
    speaker: 'omar-vansteenkiste',
    topics: ['chaos', 'teaching'],
    abstract:
      'Forty students, one cluster, one afternoon, and prizes for the most interesting outage. What they found in three hours that our tests had not found in three years.',
    slides: [
      {
        title: 'The rules',
        points: ['Production shape, fake data', 'Explain before you pull', 'Write it down for points'],
      },
      {
        title: 'Winning entry',
        points: ['A readiness probe', 'that waited for itself', 'through a load balancer'],
      },
      { title: 'Take home', points: ['Curiosity scales', 'Prizes are cheap', 'Run it again in spring'] },
    ],
  },
  {
    id: 'a-smaller-monday',
    city: 'kitchener-waterloo',
    title: 'A smaller Monday',
    minutes: 20,
    speaker: 'rosalind-nakagawa',
    topics: ['teams', 'delivery'],
    abstract:
      'Batch size is a feeling before it is a number. How a team of six went from one release a week to thirty, by making each of them too small to be afraid of.',
    slides: [
      {
        title: 'Fear is batch size',
        points: ['Forty changes, one button', 'One change, one button', 'Same button'],
      },
      {
        title: 'Too small to fear',
        points: ['A diff that fits a screen', 'A rollback that fits a minute', 'A name that fits a sentence'],
      },
      { title: 'Thirty a week', points: ['Fewer meetings', 'Fewer surprises', 'A smaller Monday'] },
    ],
  },
]

/** @param {string | undefined} id */
export const talkOf = id => talks.find(talk => talk.id === id)

/** @param {string} city */
export const talksIn = city => talks.filter(talk => talk.city === city)
