/**
 * Replaces `$(NAME)` by a variable's value, as Kubernetes does in command, args and env values: an unknown name
 * stays as it is, and `$$` is a literal dollar sign.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) return '$'
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : match
  })
}
