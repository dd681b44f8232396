/**
 * Places one bet over gRPC: `node examples/place-a-bet.ts [host:port] [player] [race] [runner]`.
 *
 * The id is yours and makes the call safe: after a time-out the same id again gets the same answer
 * and moves no money. Any gRPC library in any language does the same from proto/furlong.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import {
  type PlaceBetRequest,
  PlaceBetRequestSchema,
  type PlaceBetResponse,
  PlaceBetResponseSchema,
} from '../src/gen/furlong/betting/v1/betting_pb.ts';

const [address = '127.0.0.1:50051', playerId = 'demo', raceId = 'sha-tin-r11', runner = '1'] =
  process.argv.slice(2);

const client = new Client(address, credentials.createInsecure());
const request = create(PlaceBetRequestSchema, {
  betId: crypto.randomUUID(),
  playerId,
  raceId,
  poolId: 'win',
  legs: [{ runners: [Number(runner)] }],
  stakeCents: 1_000n,
});

/** The outcome is unknown, or nothing was begun: ask again, with the same id. */
const AGAIN: readonly number[] = [
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
];

let tries = 0;

function place(bet: PlaceBetRequest): Promise<PlaceBetResponse> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/furlong.betting.v1.BettingService/PlaceBet',
      (message: PlaceBetRequest) => Buffer.from(toBinary(PlaceBetRequestSchema, message)),
      (bytes) => fromBinary(PlaceBetResponseSchema, bytes),
      bet,
      new Metadata(),
      { deadline: Date.now() + 2_000 },
      (error, answer) => {
        if (answer) resolve(answer);
        else if (error && AGAIN.includes(error.code) && tries++ < 5) resolve(place(bet));
        else reject(error);
      },
    );
  });
}

try {
  const { bet } = await place(request);
  console.log(`bet ${bet?.betId} is in the pool: ${bet?.costCents} cents`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  client.close();
}
