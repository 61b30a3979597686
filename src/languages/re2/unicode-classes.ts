import { ANY, type CharacterSet } from './character-set.ts'
import { scanProperty } from './property-scan.ts'

/** General categories: the short name, then the long ones (Unicode's PropertyValueAliases). */
const CATEGORIES = `C Other,Cc Control cntrl,Cf Format,Cn Unassigned,Co PrivateUse,Cs Surrogate,L Letter,
  LC CasedLetter,Ll LowercaseLetter,Lm ModifierLetter,Lo OtherLetter,Lt TitlecaseLetter,Lu UppercaseLetter,
  M Mark CombiningMark,Mc SpacingMark,Me EnclosingMark,Mn NonspacingMark,N Number,Nd DecimalNumber digit,
  Nl LetterNumber,No OtherNumber,P Punctuation punct,Pc ConnectorPunctuation,Pd DashPunctuation,
  Pe ClosePunctuation,Pf FinalPunctuation,Pi InitialPunctuation,Po OtherPunctuation,Ps OpenPunctuation,
  S Symbol,Sc CurrencySymbol,Sk ModifierSymbol,Sm MathSymbol,So OtherSymbol,Z Separator,
  Zl LineSeparator,Zp ParagraphSeparator,Zs SpaceSeparator`

/** JavaScript also knows scripts by codes of four letters, RE2 does not; these are names all the same. */
const SHORT_SCRIPTS = new Set([
  'Ahom',
  'Cham',
  'Han',
  'Kawi',
  'Lao',
  'Lisu',
  'Miao',
  'Modi',
  'Mro',
  'Newa',
  'Nko',
  'Thai',
  'Toto',
  'Vai',
  'Yi',
])
const NOT_SCRIPTS = new Set(['Katakana_Or_Hiragana', 'Unknown'])

const simplified = (name: string): string => name.replace(/[ _-]/g, '').toLowerCase()
const categoryOf = new Map(
  CATEGORIES.split(',').flatMap(line => {
    const names = line.trim().split(' ')
    return names.map(name => [simplified(name), names[0] ?? ''] as const)
  }),
)

/** Sets by JavaScript's name for them: there are only some 210 names, so this stays small. */
const known = new Map<string, CharacterSet>()

/** `L`, `Lu`, `Greek`, `Any` … of `\p{…}`: a general category or a script; undefined when there is none of that name. */
export function unicodeClass(name: string): CharacterSet | undefined {
  const simple = simplified(name)
  if (simple === 'any') return ANY
  if (simple === 'ascii') return [0, 0x7f]
  if (simple === 'assigned') return scanned('Assigned')
  const category = categoryOf.get(simple)
  if (category) return scanned(category)
  const script = /^[A-Z]/.test(name) && name !== name.toUpperCase() ? name : capitalized(simple)
  if (!/^\w+$/.test(script) || NOT_SCRIPTS.has(script)) return undefined
  if (script.length <= 4 && !SHORT_SCRIPTS.has(script)) return undefined
  return scanned(`Script=${script}`)
}

const capitalized = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)

function scanned(property: string): CharacterSet | undefined {
  const before = known.get(property)
  if (before) return before
  let set: CharacterSet
  try {
    set = scanProperty(property)
  } catch {
    // JavaScript knows no such property.
    return undefined
  }
  known.set(property, set)
  return set
}
