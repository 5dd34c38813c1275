import { forwarded, type Gateway } from './gateway.js'

/** Traefik's `forwardAuth`: the answer to a visitor who may not pass is passed on as it is. */
export const traefik: Gateway = {
  name: 'traefik',
  path: '/gate/traefik',
  asking: forwarded,
  rules: 'query',
  lead: 'redirect',
}
