/** Rows under headers, padded into columns; the last column is not padded. */
export function columns(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headers, ...rows]
  const widths = headers.map((_, index) => Math.max(...all.map(row => (row[index] ?? '').length)))
  return all
    .map(row =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + 3)))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

/** A commit's short name. */
export const short = (commit: string | undefined): string => commit?.slice(0, 10) ?? ''
