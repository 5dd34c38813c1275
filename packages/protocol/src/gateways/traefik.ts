import type { Gateway } from './gateway.js'

/** Traefik's `forwardAuth`: the answer to a visitor who may not pass is passed on as it is. */
export const traefik: Gateway = {
  name: 'traefik',
  path: '/gate/traefik',
  asking: {
    by: 'parts',
    proto: 'x-forwarded-proto',
    host: 'x-forwarded-host',
    uri: 'x-forwarded-uri',
    method: 'x-forwarded-method',
  },
  rules: 'query',
  lead: 'redirect',
}
