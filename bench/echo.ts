/** The bare thing: a grpc-js server that decodes a PlaceBet, does nothing, and encodes an answer. */
import { parentPort } from 'node:worker_threads';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  PlaceBetRequestSchema,
  PlaceBetResponseSchema,
} from '../src/gen/furlong/betting/v1/betting_pb.ts';

const server = new Server({ 'grpc.enable_channelz': 0 });
server.addService(
  {
    placeBet: {
      path: '/furlong.betting.v1.BettingService/PlaceBet',
      requestStream: false,
      responseStream: false,
      requestSerialize: (it: unknown) => it as Buffer,
      requestDeserialize: (bytes: Buffer) => fromBinary(PlaceBetRequestSchema, bytes),
      responseSerialize: (it: Uint8Array) => Buffer.from(it.buffer, it.byteOffset, it.byteLength),
      responseDeserialize: (it: Buffer) => it,
    },
  },
  {
    placeBet(
      call: { request: { betId: string; playerId: string; raceId: string; stakeCents: bigint } },
      answer: (error: null, bytes: Uint8Array) => void,
    ) {
      const { betId, playerId, raceId, stakeCents } = call.request;
      const bet = { betId, playerId, raceId, stakeCents };
      answer(null, toBinary(PlaceBetResponseSchema, create(PlaceBetResponseSchema, { bet })));
    },
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  parentPort?.postMessage(port);
});
