// Plays, plants and prints transcripts; what they are stands in ../transcript.ts. Pure: a backend is handed in.
export { headerOf, type WireAnswer } from './answer.js'
export { checkTranscript } from './check.js'
export { developmentDoors } from './development.js'
export type { Difference } from './match.js'
export { type Planting, plantEverywhere } from './plant.js'
export { type Backend, type PlayedScene, type PlayedStep, type Playing, play, titleOf } from './play.js'
export { differencesOf, linesOf } from './report.js'
export type { WireRequest } from './request.js'
