/** `npm run bench -- grpc|engine|log|settle|quinte|ranking|tournament|board|restart|hand-off`: measurements beside the naive thing. Figures go to stdout. */
import { parseArgs } from 'node:util';
import { benchBoard } from './board.ts';
import { benchEngine } from './engine.ts';
import { benchGrpc } from './grpc.ts';
import { benchHandOff } from './hand-off.ts';
import { benchLog } from './log.ts';
import { benchQuinte } from './quinte.ts';
import { benchRanking } from './ranking.ts';
import { benchRestart } from './restart.ts';
import { benchSettle } from './settle.ts';
import { benchTournament } from './tournament.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    shards: { type: 'string', default: '2' },
    tickets: { type: 'string', default: '1000000' },
    bets: { type: 'string', default: '1000000' },
    players: { type: 'string', default: '1000000' },
  },
});
const [what = 'grpc'] = positionals;

switch (what) {
  case 'grpc': {
    const lines = await benchGrpc({
      rounds: Number(values.rounds),
      secondsPerRound: Number(values.seconds),
      shards: Number(values.shards),
      players: 500,
      concurrency: 64,
      batch: 50,
      window: 2_000,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'engine': {
    const lines = await benchEngine({
      rounds: Number(values.rounds),
      betsPerRound: 20_000,
      partitions: 4,
      players: 500,
      window: 1_024,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'log': {
    const lines = benchLog({
      rounds: Number(values.rounds),
      records: 50_000,
      groupSizes: [1, 16, 128, 512],
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'settle': {
    const lines = await benchSettle({
      tickets: Number(values.tickets),
      players: Math.ceil(Number(values.tickets) / 50),
      window: 1_024,
      otherBetsPerSecond: 500,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'quinte': {
    const lines = benchQuinte({ tickets: Number(values.tickets), rounds: Number(values.rounds) });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'board': {
    const lines = await benchBoard({
      players: 2_000,
      rates: [5, 50, 500],
      seconds: Number(values.seconds),
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'hand-off': {
    const lines = await benchHandOff({
      betsPerSecond: 2_000,
      moves: 100,
      players: 5_000,
      partitions: 4,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'restart': {
    const lines = await benchRestart({
      bets: Number(values.bets),
      players: 10_000,
      races: 10,
      partitions: 4,
      shards: Number(values.shards),
      // Three records each: more than 50,000 of a partition are never left.
      tailBets: Math.min(65_000, Number(values.bets)),
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'ranking': {
    const lines = await benchRanking({
      players: Number(values.players),
      rounds: Number(values.rounds),
      operations: 200_000,
      burst: 100_000,
      redis: process.env.FURLONG_BENCH_REDIS_SERVER,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  case 'tournament': {
    const lines = await benchTournament({
      players: Number(values.players),
      rounds: Number(values.rounds),
      burst: 100_000,
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    break;
  }
  default:
    process.stderr.write(
      `no benchmark called ${what}: there are grpc, engine, log, settle, quinte, ranking, tournament, board, restart and hand-off\n`,
    );
    process.exitCode = 2;
}
