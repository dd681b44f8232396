/**
 * Checks a closed tournament from outside: `node examples/check-standings.ts [host:port] [tournament]`.
 *
 * Makes the draw from the revealed seed, the hash of the standings from their pages and the chain from
 * the snapshots, as docs/TOURNAMENTS.md says, and ends with 1 where one is not what was published.
 */
import { createHash } from 'node:crypto';
import { connectClient } from '../src/client/client.ts';
import { RankMode } from '../src/gen/furlong/tournaments/v1/tournaments_pb.ts';

const [address = '127.0.0.1:50051', tournamentId = 'sha-tin-day'] = process.argv.slice(2);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const client = connectClient(address);
const { tournaments } = client;

async function ruleSet(scoringRuleSetId: string): Promise<{ draw?: boolean }> {
  const answer = await tournaments.getScoringRuleSet({ scoringRuleSetId });
  return JSON.parse(answer.scoringRuleSet?.json ?? '{}');
}

async function standings() {
  const rows = [];
  for (;;) {
    const answer = await tournaments.getStandings({
      tournamentId,
      fromRank: rows.length + 1,
      pageSize: 100,
      rankMode: RankMode.ORDINAL,
    });
    rows.push(...answer.standings);
    if (answer.standings.length === 0) return rows;
  }
}

async function snapshots() {
  const all = [];
  let pageToken = '';
  do {
    const page = await tournaments.listSnapshots({ tournamentId, pageSize: 500, pageToken });
    all.push(...page.snapshots);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all.reverse();
}

/** SHA-256 of the SHA-256s, in hex, of each 1,000 lines. */
function hashOf(lines: readonly string[]): string {
  let hashes = '';
  for (let at = 0; at < lines.length; at += 1_000) {
    hashes += sha256(`${lines.slice(at, at + 1_000).join('\n')}\n`);
  }
  return sha256(hashes);
}

try {
  const { tournament } = await tournaments.getTournament({ tournamentId });
  if (!tournament?.seed) throw new Error(`${tournamentId} has revealed no seed yet`);
  const { seed, seedCommitment, snapshotHash, scoringRuleId } = tournament;
  const { draw = false } = await ruleSet(scoringRuleId);
  const drawOf = (player: string) =>
    draw ? Number.parseInt(sha256(`${seed}/${tournamentId}/${player}`).slice(0, 8), 16) : 0;
  const lines = (await standings()).map(({ rank, playerId, score, tie1, tie2 }) =>
    [rank, playerId, score, tie1, tie2, drawOf(playerId)].join('\t'),
  );
  let chain = '';
  const links = (await snapshots()).map((it) => {
    chain = sha256(chain + it.hash);
    return chain === it.chain;
  });
  const found = {
    commitment: sha256(seed) === seedCommitment,
    standings: hashOf(lines) === snapshotHash,
    chain: links.every((isOne) => isOne),
  };
  console.log(JSON.stringify(found));
  if (Object.values(found).includes(false)) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  client.close();
}
