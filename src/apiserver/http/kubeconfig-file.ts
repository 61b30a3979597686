import { rename, writeFile } from 'node:fs/promises'

export interface KubeconfigOptions {
  path: string
  url: string
  /** PEM. */
  authority: string
  /** A bearer token, or a client certificate with its key in PEM. */
  user: { token: string } | { certificate: string; key: string }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Writes a kubeconfig with one context, `drave`; only its owner can read it. */
export async function writeKubeconfig({ path, url, authority, user }: KubeconfigOptions): Promise<void> {
  const credential =
    'token' in user
      ? [`    token: ${user.token}`]
      : [
          `    client-certificate-data: ${base64(user.certificate)}`,
          `    client-key-data: ${base64(user.key)}`,
        ]
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'current-context: drave',
    'clusters:',
    '- name: drave',
    '  cluster:',
    `    server: ${url}`,
    `    certificate-authority-data: ${base64(authority)}`,
    'users:',
    '- name: drave-admin',
    '  user:',
    ...credential,
    'contexts:',
    '- name: drave',
    '  context:',
    '    cluster: drave',
    '    user: drave-admin',
    '    namespace: default',
  ]
  await writeFile(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
