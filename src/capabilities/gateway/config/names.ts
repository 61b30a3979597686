/** Names the gateway is known by in the API. */
export const CONTROLLER_NAME = 'drave.dev/gateway'
export const GATEWAY_CLASS_NAME = 'drave'
/** On an HTTPRoute, "false" draws weights anew for each request. */
export const STICKY_ANNOTATION = 'gateway.drave.dev/sticky'
export const DEFAULT_COOKIE = 'drave-session'
export const GATEWAY_GROUP = 'gateway.networking.k8s.io'
