/** Whether JSON is wanted with line breaks: when asked for, and otherwise by tools that a person looks at, as upstream tells them. */
export function wantsPretty(query: URLSearchParams, userAgent = ''): boolean {
  const asked = query.get('pretty')
  if (asked !== null && asked !== '') return /^(1|t|true)$/i.test(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent)
}
