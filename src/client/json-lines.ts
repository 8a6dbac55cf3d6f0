const newline = 0x0a;

/**
 * The JSON values of a newline-delimited stream. Splitting happens on bytes, so a character that two chunks share stays
 * whole. A last line without its newline is cut short and dropped: the connection broke within it.
 */
export async function* jsonLines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<unknown> {
  let pending: Buffer[] = [];
  for await (const part of stream) {
    const chunk = typeof part === 'string' ? Buffer.from(part) : part;
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
      pending = [];
      start = end + 1;
      if (line.length > 0) yield JSON.parse(line.toString());
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
