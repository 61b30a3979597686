/** A container's configuration names something that is not there; shown as CreateContainerConfigError. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}
