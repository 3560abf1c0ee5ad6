const CARRIAGE_RETURN = 0x0d;

/** Reads lines and exact numbers of bytes from a stream, however its chunks are cut. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private unread: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next line without its end, or `undefined` if there is none of at most `maxBytes`. */
  async line(maxBytes: number): Promise<Buffer | undefined> {
    let end = this.unread.indexOf('\n');
    while (end < 0 && this.unread.length <= maxBytes && (await this.more())) {
      end = this.unread.indexOf('\n');
    }
    if (end < 0 || end > maxBytes) {
      return undefined;
    }
    const line = this.take(end + 1);
    return line.subarray(0, line.at(-2) === CARRIAGE_RETURN ? -2 : -1);
  }

  /** The next `count` bytes, or `undefined` if the stream ends before. */
  async bytes(count: number): Promise<Buffer | undefined> {
    while (this.unread.length < count) {
      if (!(await this.more())) {
        return undefined;
      }
    }
    return this.take(count);
  }

  /** Drops the next `count` bytes without ever holding them all. */
  async skip(count: number): Promise<void> {
    let left = count;
    while (left > this.unread.length) {
      left -= this.take(this.unread.length).length;
      if (!(await this.more())) {
        return;
      }
    }
    this.take(left);
  }

  private async more(): Promise<boolean> {
    const next = await this.chunks.next();
    if (next.done === true) {
      return false;
    }
    this.unread = this.unread.length === 0 ? next.value : Buffer.concat([this.unread, next.value]);
    return true;
  }

  private take(count: number): Buffer {
    const taken = this.unread.subarray(0, count);
    this.unread = this.unread.subarray(count);
    return taken;
  }
}
