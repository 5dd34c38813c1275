import { forwarded, type Gateway } from './gateway.js'

/** Caddy's `forward_auth`: the answer to a visitor who may not pass is passed on as it is. */
export const caddy: Gateway = {
  name: 'caddy',
  path: '/gate/caddy',
  asking: forwarded,
  rules: 'query',
  lead: 'redirect',
}
