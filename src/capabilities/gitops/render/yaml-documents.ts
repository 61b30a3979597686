import { LineCounter, parseAllDocuments } from 'yaml'
import { nestsTooDeep, TOO_DEEP } from '../../../kube/yaml-depth.ts'
import { kubernetesYaml } from '../../../kube/yaml-options.ts'
import { RenderError } from './render-error.ts'

/** The values of all non-empty documents of a YAML text. Throws RenderError with file and line. */
export function yamlDocuments(text: string, file: string): unknown[] {
  if (nestsTooDeep(text)) throw new RenderError(`${file}: not valid YAML: ${TOO_DEEP}`)
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { ...kubernetesYaml, lineCounter })
  if (!Array.isArray(documents)) return []
  return documents.flatMap(document => {
    const refusal = (line: number, error: unknown) =>
      new RenderError(`${file}:${line}: not valid YAML: ${(error as Error).message}`)
    const [error] = document.errors
    if (error) throw refusal(lineCounter.linePos(error.pos[0]).line, error)
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: 1000 })
    } catch (failure) {
      // An alias without its anchor, or more aliases than anybody writes.
      throw refusal(lineCounter.linePos(document.range[0]).line, failure)
    }
    return value === null || value === undefined ? [] : [value]
  })
}
