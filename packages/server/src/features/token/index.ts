// Why a token is accepted or refused: for operators, who have a token in hand that somebody complains about, and, without
// the reasons, for clients of contracts that ask.
import { checkToken, explainToken as operation } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { checkToken as check } from './check-token.js'
import { explainToken } from './explain-token.js'

export const token: Feature = { operations: [serve(operation, explainToken), serve(checkToken, check)] }
