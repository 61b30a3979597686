/** `v1.apps`; `v1.` for the core group. */
export const apiServiceName = (group: string, version: string): string => `${version}.${group}`
