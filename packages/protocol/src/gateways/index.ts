import { caddy } from './caddy.js'
import { envoy } from './envoy.js'
import type { Gateway } from './gateway.js'
import { nginx } from './nginx.js'
import { traefik } from './traefik.js'

export { type Asking, assertionType, type Gateway, type IdentityFact, identityHeaders } from './gateway.js'
/** Every gateway that can ask. */
export const gateways: readonly Gateway[] = [nginx, caddy, traefik, envoy]
