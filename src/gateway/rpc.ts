/**
 * From the generated service descriptors to what the server registers: paths, codecs, and types
 * for the handlers. Knows nothing of sockets.
 *
 * Invariant: no RPC without a role; a service that forgot one does not start.
 */
import {
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  getOption,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Role, role } from '../gen/furlong/options/v1/role_pb.ts';
import { type Failure, failure, malformed } from './failure.ts';

/**
 * Bytes of a request to a unary RPC. The longest that the contract allows, a race with all its
 * runners and pools under long names, stays below 48 KiB.
 */
const UNARY_REQUEST_MAX = 64 * 1024;

/** When a call came, and how long its caller waits. */
export interface CallTime {
  readonly atMs: number;
  readonly timeoutMs: number;
}

/** What is left of a call's time; 0 or less once its caller waits no more. */
export function leftMs({ atMs, timeoutMs }: CallTime, nowMs: number): number {
  // A clock that stepped back gives nobody more time than there was.
  return Math.min(timeoutMs, atMs + timeoutMs - nowMs);
}

type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  input: MessageShape<I>,
  time: CallTime,
) => Promise<MessageShape<O> | Failure>;

/** One handler for each unary method; streams are served apart. */
export type UnaryHandlers<S extends DescService> = {
  readonly [Name in keyof S['method'] as S['method'][Name] extends { methodKind: 'unary' }
    ? Name
    : never]: UnaryHandler<S['method'][Name]['input'], S['method'][Name]['output']>;
};

/** What a server needs to know of a method; grpc-js reads it as it is. */
export interface MethodDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

export function definitionOf(method: DescMethod): MethodDefinition {
  const { parent, name, input, output, methodKind } = method;
  const streams = methodKind === 'bidi_streaming';
  const sizeMax = streams ? Number.POSITIVE_INFINITY : UNARY_REQUEST_MAX;
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: streams,
    responseStream: streams,
    requestDeserialize: (bytes) => requestFrom(input, { bytes, sizeMax }),
    requestSerialize: (message) => bytesOf(input, message),
    responseSerialize: (message) => bytesOf(output, message),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

export function roleOf(method: DescMethod): Role {
  const declared = getOption(method, role);
  if (declared !== Role.UNSPECIFIED) return declared;
  throw new Error(`${method.parent.typeName}.${method.name} declares no role`);
}

/** A throw in here would reach the caller as INTERNAL: what cannot be read is a failure instead. */
function requestFrom(
  input: DescMessage,
  { bytes, sizeMax }: { readonly bytes: Buffer; readonly sizeMax: number },
): object {
  if (bytes.length > sizeMax) {
    return failure('request-too-large', { bytes: bytes.length, maximum: sizeMax });
  }
  try {
    return fromBinary(input, bytes);
  } catch {
    const description = `${bytes.length} bytes that are not a ${input.typeName}`;
    return malformed([{ field: 'request', description }]);
  }
}

/** A view, not a copy. The handlers' types make `message` what `schema` says. */
function bytesOf(schema: DescMessage, message: object): Buffer {
  const bytes = toBinary(schema, message as MessageShape<DescMessage>);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
