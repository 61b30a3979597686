import { LineCounter, parseAllDocuments } from 'yaml'
import { kubernetesYaml } from '../../../kube/yaml-options.ts'
import { RenderError } from './render-error.ts'

/** The values of all non-empty documents of a YAML text. Throws RenderError with file and line. */
export function yamlDocuments(text: string, file: string): unknown[] {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { ...kubernetesYaml, lineCounter })
  if (!Array.isArray(documents)) return []
  return documents.flatMap(document => {
    const [error] = document.errors
    if (error)
      throw new RenderError(
        `${file}:${lineCounter.linePos(error.pos[0]).line}: not valid YAML: ${error.message}`,
      )
    const value: unknown = document.toJS({ maxAliasCount: 1000 })
    return value === null || value === undefined ? [] : [value]
  })
}
