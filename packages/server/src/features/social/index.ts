// Signing in with other providers: Google, by the credential that it gives to a browser or an app.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { identities } from '../../domain/identities.js'
import { linkGoogle } from './link-google.js'
import { listIdentities } from './list-identities.js'
import { listProviders } from './list-providers.js'
import { logInWithGoogle } from './log-in-with-google.js'
import { socialSettings } from './settings.js'
import { spentCredentials } from './tables.js'
import { unlinkIdentity } from './unlink-identity.js'

export const social: Feature = {
  settings: socialSettings,
  tables: [identities, spentCredentials] as never,
  operations: [
    serve(operations.listProviders, listProviders),
    serve(operations.logInWithGoogle, logInWithGoogle),
    serve(operations.linkGoogle, linkGoogle),
    serve(operations.listIdentities, listIdentities),
    serve(operations.unlinkIdentity, unlinkIdentity),
  ],
}
