// A refused request whose members are named as the client wrote them. Failures of operations name canonical inputs
// instead; what turns either into an answer is problem.ts.
import { Failure, type FieldProblem } from '@sallyport/protocol'

/** `invalid_request` with paths on the wire. */
export class WireFailure extends Failure {
  constructor(fields: readonly FieldProblem[], detail?: string) {
    super('invalid_request', detail === undefined ? { fields } : { fields, detail })
  }
}
