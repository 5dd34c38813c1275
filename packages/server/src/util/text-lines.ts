// A stream of bytes cut into lines, each no longer than what is allowed, in flat memory however long the stream or a
// single line is.

export interface ByteLine {
  /** From 1. */
  readonly number: number
  /** Without its end; undefined where the line is longer than allowed, and thrown away. */
  readonly bytes?: Buffer
  /** False for a last line that no line feed ends. */
  readonly ended: boolean
}

const LF = 0x0a

/** Lines end with LF; a CR before it stays with the line. A line feed at the very end begins no further line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<ByteLine> {
  let number = 1
  let parts: Buffer[] = []
  let size = 0
  const take = (part: Buffer) => {
    size += part.length
    // Of a line that is too long nothing is kept but the fact.
    if (size <= longest) parts.push(part)
    else parts = []
  }
  const line = (ended: boolean): ByteLine => {
    const bytes = size <= longest ? { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) } : {}
    const made = { number, ...bytes, ended }
    number += 1
    parts = []
    size = 0
    return made
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let at = 0
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
      take(bytes.subarray(at, end))
      yield line(true)
      at = end + 1
    }
    if (at < bytes.length) take(bytes.subarray(at))
  }
  if (size > 0) yield line(false)
}
