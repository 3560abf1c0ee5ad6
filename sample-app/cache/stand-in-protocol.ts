import { ByteReader } from './byte-reader.js';
import type { StandInItems } from './stand-in-items.js';

const MAX_LINE_BYTES = 8 * 1024;
const MAX_KEY_BYTES = 250;
const MAX_VALUE_BYTES = 1024 * 1024;
const LINE_END = Buffer.from('\r\n');

const BAD_COMMAND_LINE = 'CLIENT_ERROR bad command line format';

/** One connection's talk in the memcached ASCII protocol: bytes in, answers out. */
export async function* converse(
  incoming: AsyncIterable<Buffer>,
  items: StandInItems,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(incoming);
  for (;;) {
    const line = await reader.line(MAX_LINE_BYTES);
    if (line === undefined) {
      return;
    }
    const [command, ...words] = wordsOf(line);
    switch (command) {
      case 'get':
        yield* get(words, items);
        break;
      case 'set':
        yield* unlessUnwanted(words, await set(words, items, reader));
        break;
      case 'delete':
        yield* unlessUnwanted(words, remove(words, items));
        break;
      case 'version':
        yield lineOf('VERSION 1.0.0');
        break;
      case 'quit':
        return;
      default:
        yield lineOf('ERROR');
    }
  }
}

function* get(keys: string[], items: StandInItems): Generator<Buffer> {
  if (keys.length === 0) {
    return yield lineOf('ERROR');
  }
  if (keys.some((key) => key.length > MAX_KEY_BYTES)) {
    return yield lineOf(BAD_COMMAND_LINE);
  }
  for (const key of keys) {
    const item = items.get(key);
    if (item !== undefined) {
      const head = lineOf(`VALUE ${key} ${item.flags} ${item.value.length}`);
      yield Buffer.concat([head, item.value, LINE_END]);
    }
  }
  yield lineOf('END');
}

async function set(words: string[], items: StandInItems, reader: ByteReader): Promise<string> {
  const [key, flags, exptime, length] = words;
  if (key === undefined || flags === undefined || exptime === undefined || length === undefined) {
    return 'ERROR';
  }
  const numbersAreRight = /^\d{1,10} -?\d{1,10} \d{1,10}$/.test(`${flags} ${exptime} ${length}`);
  if (key.length > MAX_KEY_BYTES || !numbersAreRight) {
    return BAD_COMMAND_LINE;
  }
  const bytes = Number(length);
  if (bytes > MAX_VALUE_BYTES) {
    // The old value must not outlive an update that could not be made.
    items.delete(key);
    await reader.skip(bytes + LINE_END.length);
    return 'SERVER_ERROR object too large for cache';
  }
  const data = await reader.bytes(bytes + LINE_END.length);
  if (!data?.subarray(bytes).equals(LINE_END)) {
    return 'CLIENT_ERROR bad data chunk';
  }
  // A copy, or a short value would keep the whole chunk it came in alive.
  items.set(key, flags, Number(exptime), Buffer.from(data.subarray(0, bytes)));
  return 'STORED';
}

function remove([key]: string[], items: StandInItems): string {
  if (key === undefined) {
    return 'ERROR';
  }
  if (key.length > MAX_KEY_BYTES) {
    return BAD_COMMAND_LINE;
  }
  return items.delete(key) ? 'DELETED' : 'NOT_FOUND';
}

function* unlessUnwanted(words: string[], answer: string): Generator<Buffer> {
  if (words.at(-1) !== 'noreply') {
    yield lineOf(answer);
  }
}

/** In latin1 every byte of a key is one character, and survives. */
function wordsOf(line: Buffer): string[] {
  return line
    .toString('latin1')
    .split(' ')
    .filter((word) => word !== '');
}

function lineOf(text: string): Buffer {
  return Buffer.from(`${text}\r\n`, 'latin1');
}
