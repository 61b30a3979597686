/** The same program as a member of control groups from its first instruction on. */
export function inCgroup<T extends { file: string; args: readonly string[] }>(
  launch: T,
  joinFiles: readonly string[],
): T {
  if (joinFiles.length === 0) return launch
  const script = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"'
  return {
    ...launch,
    file: '/bin/sh',
    args: ['-c', script, 'sh', ...joinFiles, '--', launch.file, ...launch.args],
  }
}
