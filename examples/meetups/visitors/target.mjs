/**
 * Where the visitors go: TARGET_URL, or the gateway's Service by the variables that every container gets for it.
 * @param {Readonly<Record<string, string | undefined>>} env @returns {URL}
 */
export function targetOf(env) {
  if (env['TARGET_URL']) return new URL(env['TARGET_URL'])
  const service = env['GATEWAY_SERVICE'] ?? 'meetups-drave'
  const prefix = service.toUpperCase().replace(/-/g, '_')
  const [host, port] = [env[`${prefix}_SERVICE_HOST`], env[`${prefix}_SERVICE_PORT`]]
  if (!host || !port)
    throw new Error(
      `no ${prefix}_SERVICE_HOST and ${prefix}_SERVICE_PORT: Service ${service} was not there when this container started`,
    )
  return new URL(`http://${host}:${port}`)
}
