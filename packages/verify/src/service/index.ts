// What a service uses, the same with Node and without.
export type { AuthContext } from './auth.js'
export type { AnyRequest, FetchRequest, NodeRequest } from './credentials.js'
export type { Guard } from './guards.js'
export type { NodeResponse, Refusal, RefusalCode, RejectReason } from './refusal.js'
export type { Settings } from './settings.js'
export { type Answer, createVerifier, type Granted, type Verifier } from './verifier.js'
