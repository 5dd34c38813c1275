// Why a token is accepted or refused: for operators, who have a token in hand that somebody complains about.
import { explainToken as operation } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { explainToken } from './explain-token.js'

export const token: Feature = { operations: [serve(operation, explainToken)] }
