import type { DocumentOptions, ParseOptions, SchemaOptions } from 'yaml'

/** YAML 1.1 types that Go's YAML reader does not have, or leaves as text where Kubernetes reads manifests. */
const asText = /^tag:yaml\.org,2002:(timestamp|binary|omap|pairs|set)$/

/**
 * How Kubernetes reads YAML: 1.1 rules (`yes` is true, 010 is 8) with merge keys, but a date is text, and so is a
 * number with colons (`12:30`).
 */
export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  prettyErrors: false,
  customTags: tags =>
    tags.filter(
      tag => typeof tag === 'string' || !(asText.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
    ),
}
