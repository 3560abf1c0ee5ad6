/** `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
export const STATUS = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;
export type ServingStatus = (typeof STATUS)[keyof typeof STATUS];

// The wire types of protobuf, and the tags of the few fields that the messages have.
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const STATUS_TAG = (1 << 3) | VARINT;
const FIRST_TAG = (1 << 3) | LENGTH_DELIMITED;
const SECOND_TAG = (2 << 3) | LENGTH_DELIMITED;

const response = (status: ServingStatus) => Buffer.from([STATUS_TAG, status]);

/** A field of bytes; its length is a varint. */
function field(tag: number, value: Buffer): Buffer {
  const length = [];
  let rest = value.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), value]);
}

const listResponse = (statuses: ReadonlyMap<string, ServingStatus>) =>
  Buffer.concat(
    [...statuses].map(([service, status]) =>
      field(
        FIRST_TAG,
        Buffer.concat([
          field(FIRST_TAG, Buffer.from(service)),
          field(SECOND_TAG, response(status)),
        ]),
      ),
    ),
  );

/**
 * The service of a request, which is its only field. One that ends early is an error, which the client gets
 * as INTERNAL.
 */
export function serviceOf(request: Buffer): string {
  let service = '';
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = request.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < request.length) {
    const tag = varint();
    switch (tag & 7) {
      case VARINT:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case LENGTH_DELIMITED: {
        const end = varint() + at;
        if (end > request.length) throw new RangeError('the message ends early');
        if (tag === FIRST_TAG) service = request.toString('utf8', at, end);
        at = end;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`unknown wire type of tag ${tag}`);
    }
  }
  return service;
}

export interface HealthRequest {
  readonly service: string;
}

const method = <Response>(
  name: string,
  responseStream: boolean,
  responseSerialize: (value: Response) => Buffer,
) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  // Not the bare string: grpc-js takes an empty one for a missing message.
  requestDeserialize: (request: Buffer): HealthRequest => ({ service: serviceOf(request) }),
  responseSerialize,
});

/**
 * The service `grpc.health.v1.Health`, as a server of `@grpc/grpc-js` takes it. By hand: the package
 * `grpc-health-check` takes 100 to 390 ms to load, and fails in a bundle.
 */
export const HEALTH_SERVICE = {
  Check: method('Check', false, response),
  Watch: method('Watch', true, response),
  List: method('List', false, listResponse),
};
