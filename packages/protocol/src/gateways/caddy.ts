import type { Gateway } from './gateway.js'

/** Caddy's `forward_auth`: the answer to a visitor who may not pass is passed on as it is. */
export const caddy: Gateway = {
  name: 'caddy',
  path: '/gate/caddy',
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
