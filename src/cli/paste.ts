/** What to paste next: lines that work as they are, on the machine that printed them. */
import { relative } from 'node:path';

export interface Pastes {
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** A race that is open now. */
  readonly raceId: string;
  readonly runner: number;
  readonly playerId: string;
}

export interface Paste {
  readonly about: string;
  readonly line: string;
}

const DEFAULT_ADDRESS = '127.0.0.1:50051';

export function pastesOf({ grpcAddress, httpAddress, raceId, runner, playerId }: Pastes): Paste[] {
  const bet = JSON.stringify({
    bet_id: 'my-first-bet',
    player_id: playerId,
    race_id: raceId,
    pool_id: 'win',
    legs: [{ runners: [runner] }],
    stake_cents: 1000,
  });
  const address = addressOption(grpcAddress);
  const method = 'furlong.betting.v1.BettingService/PlaceBet';
  return [
    {
      about: 'bet, from another terminal',
      line: `npm run furlong -- bet --player ${playerId} --race ${raceId} --pool win --runners ${runner} --stake 10.00${address}`,
    },
    {
      about: 'the same over gRPC',
      line: `grpcurl -plaintext -d '${bet}' ${grpcAddress} ${method}`,
    },
    {
      about: 'or with what is installed here',
      line: `npx buf curl --protocol grpc --http2-prior-knowledge -d '${bet}' http://${grpcAddress}/${method}`,
    },
    { about: 'follow the odds over WebSocket', line: webSocketLine(httpAddress, raceId) },
    { about: 'follow the ranking', line: `npm run furlong -- board watch sha-tin-day${address}` },
  ];
}

/** What there is to see when the last race is paid. */
export function afterwards({ grpcAddress }: Pick<Pastes, 'grpcAddress'>): string[] {
  const address = addressOption(grpcAddress);
  return ['race list', 'race show sha-tin-r6', 'board show sha-tin-day'].map(
    (verb) => `  npm run furlong -- ${verb}${address}`,
  );
}

function addressOption(grpcAddress: string): string {
  return grpcAddress === DEFAULT_ADDRESS ? '' : ` --address ${grpcAddress}`;
}

/** Global WebSocket came with Node 22; ours is at hand where the one on the PATH is older. */
function webSocketLine(httpAddress: string, raceId: string): string {
  const script = [
    `const s=new WebSocket("ws://${httpAddress}/connection/websocket")`,
    `s.onopen=()=>[{id:1,connect:{}},{id:2,subscribe:{channel:"odds:${raceId}"}}].forEach(c=>s.send(JSON.stringify(c)))`,
    // Centrifuge protocol: an empty object is a ping, answered by one.
    's.onmessage=m=>{console.log(m.data);if(m.data==="{}")s.send("{}")}',
  ].join(';');
  const node = relative(process.cwd(), process.execPath);
  return `${node.startsWith('..') ? 'node' : node} -e '${script}'`;
}
