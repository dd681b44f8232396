import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allRuleSets } from '../../src/actors/pools/rule-sets.ts';
import { createRuleBook } from '../../src/actors/rule-book.ts';
import { raceId } from '../../src/actors/units.ts';
import { type Client, connectClient } from '../../src/client/client.ts';
import { createCards } from '../../src/gateway/cards.ts';
import { type Gateway, openGateway } from '../../src/gateway/server.ts';
import { Formula } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startSystem } from '../../src/system.ts';
import { createFakeRouter, type FakeRouter } from './support/fake-router.ts';
import { bet, declaration, refusalOf } from './support/gateway.ts';

const BUILT_IN = 'simple-gagnant-pmu@1';
const OWN = 'house-win@1';
const builtIn = allRuleSets().find(({ id }) => id === BUILT_IN);
if (builtIn === undefined) throw new Error(`no ${BUILT_IN}`);
const own = { ...builtIn, id: OWN, title: 'Of the house', from: '1970-01-01' };
const ownFile = (rules: object = own) => ({ name: 'own.json', text: JSON.stringify(rules) });

let router: FakeRouter;
let gateway: Gateway;
let client: Client;

async function openWith(...files: readonly { name: string; text: string }[]): Promise<void> {
  gateway = await openGateway({
    router,
    clock: systemClock,
    ruleBook: createRuleBook(files),
    host: '127.0.0.1',
    port: 0,
    log: { error: () => {} },
  });
  client = connectClient(`127.0.0.1:${gateway.port}`);
}

async function close(): Promise<void> {
  client.close();
  await gateway.drain(0);
}

beforeEach(async () => {
  router = createFakeRouter();
  await openWith(ownFile());
});
afterEach(close);

const racing = () => client.racing;
const declare = (id: string, ...ruleSetIds: readonly string[]) =>
  racing().declareRace({
    ...declaration(id, 1_000),
    pools: ruleSetIds.map((ruleSetId, index) => ({ poolId: `pool${index}`, ruleSetId })),
  });

describe('a declaration', () => {
  test('may name a rule set of the operator’s own', async () => {
    const { race } = await declare('r1', OWN, BUILT_IN);
    expect(race?.pools.map((it) => it.ruleSetId)).toEqual([OWN, BUILT_IN]);
  });

  test('puts each of its rule sets on record once, before the race', async () => {
    await declare('r1', OWN, BUILT_IN, OWN);
    const asked = router.asked.map((it) => it.split(' ')[0]);
    expect(asked).toEqual([`rule-set/${OWN}`, `rule-set/${BUILT_IN}`, 'race/r1']);
  });

  test('may be repeated, and another race may have the same rule set', async () => {
    await declare('r1', OWN);
    await declare('r1', OWN);
    await declare('r2', OWN);
    expect((await racing().listRaces({})).races).toHaveLength(2);
  });

  test('is refused where the rule set was used with another content, and declares nothing', async () => {
    await declare('r1', OWN);
    await close();
    await openWith(ownFile({ ...own, title: 'Changed' }));
    expect(await refusalOf(declare('r2', BUILT_IN, OWN))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'RULE_SET_CHANGED',
      message: `rule set ${OWN} was used with another content: give the new content a new version`,
      facts: { ruleSet: OWN, race: 'r2' },
      preconditions: [`rule-set/${OWN}`],
    });
    expect(await refusalOf(racing().getRace({ raceId: 'r2' }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('is the same content where the file was written in another order', async () => {
    await declare('r1', OWN);
    await close();
    await openWith(ownFile(Object.fromEntries(Object.entries(own).reverse())));
    expect((await declare('r2', OWN)).race?.phase).toBe(RacePhase.DECLARED);
  });

  test('declares nothing while a rule set does not answer, and all when it is asked again', async () => {
    router.bend(`rule-set/${OWN}`, 'crashed');
    expect(await refusalOf(declare('r1', BUILT_IN, OWN))).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await racing().listRaces({})).races).toEqual([]);
    router.bend(`rule-set/${OWN}`, undefined);
    expect((await declare('r1', BUILT_IN, OWN)).race?.phase).toBe(RacePhase.DECLARED);
  });

  test('is refused with a rule set of nobody', async () => {
    const told = await refusalOf(declare('r1', BUILT_IN, 'house-win@2'));
    expect(told).toMatchObject({ reason: 'UNKNOWN_RULE_SET', fields: ['pools[1].rule_set_id'] });
    expect(router.asked).toEqual([]);
  });

  test('that the race would refuse fixes no rule set', async () => {
    const dated = { ...own, until: '1970-01-01' };
    await close();
    await openWith(ownFile(dated));
    const offTime = timestampFromMs(86_400_000);
    const pools = [{ poolId: 'win', ruleSetId: OWN }];
    const late = racing().declareRace({ ...declaration('r1', 0), offTime, pools });
    expect(await refusalOf(late)).toMatchObject({
      reason: 'BAD_DECLARATION',
      facts: { race: 'r1' },
    });
    expect(router.asked).toEqual([]);
    await close();
    await openWith(ownFile());
    expect((await declare('r1', OWN)).race?.phase).toBe(RacePhase.DECLARED);
  });

  test('says who is one entry, and the race shows it', async () => {
    const runners = [
      { number: 1, name: 'A' },
      { number: 2, name: 'B', coupledWith: 1 },
    ];
    const { race } = await racing().declareRace({ ...declaration('r1', 1_000), runners });
    expect(race?.runners.map((it) => it.coupledWith)).toEqual([0, 1]);
    const alone = [...runners.slice(0, 1), { number: 2, name: 'B', coupledWith: 2 }];
    const refused = await refusalOf(
      racing().declareRace({ ...declaration('r2', 1_000), runners: alone }),
    );
    expect(refused).toMatchObject({
      reason: 'BAD_DECLARATION',
      fields: ['runners[1].coupled_with'],
    });
  });

  test.each([
    ['carriedNetCents', -1n],
    ['carriedGrossCents', 100_000_000_001n],
  ])('is refused with %s of %d', async (field, amount) => {
    const pools = [{ poolId: 'win', ruleSetId: BUILT_IN, [field]: amount }];
    const refused = await refusalOf(racing().declareRace({ ...declaration('r1', 1), pools }));
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'MALFORMED' });
  });
});

describe('a pool', () => {
  async function priced(more: object, order = [{ runners: [1] }]) {
    await client.accounts.openAccount({ requestId: 'q1', playerId: 'alice', alias: 'Alice' });
    await client.accounts.deposit({ requestId: 'q2', playerId: 'alice', amountCents: 1_000_00n });
    const by = { raceId: 'r1', steward: 'sam' };
    const pools = [{ poolId: 'win', ruleSetId: OWN, ...more }];
    await racing().declareRace({ ...declaration('r1', 1_000), pools });
    await racing().openRace(by);
    await client.betting.placeBet(bet('b1', { stakeCents: 1_000n }));
    await client.betting.placeBet(bet('b2', { stakeCents: 3_000n, legs: [{ runners: [2] }] }));
    await racing().closeRace(by);
    await racing().enterResult({ ...by, order, didNotFinish: [1, 2, 3, 4].filter((it) => it > 1) });
    await racing().makeOfficial(by);
    const { race } = await racing().getRace({ raceId: 'r1' });
    return race?.pools[0];
  }

  test('shows what its price was made from, and who made it', async () => {
    const pool = await priced({});
    expect(pool).toMatchObject({ run: 1, settled: true, pricing: false });
    expect(pool?.price).toMatchObject({
      stage: 0,
      sources: [{ source: 'online', grossCents: 4_000n, refundCents: 0n }],
      broughtInCents: 0n,
      software: expect.stringMatching(/^furlong \d/),
    });
    expect(pool?.price?.sources[0]?.takeoutBasisPoints).toBeGreaterThan(0);
    const [dividend] = pool?.price?.dividends ?? [];
    const exact = Number(dividend?.exactNumerator) / Number(dividend?.exactDenominator);
    expect(exact * 100).toBeGreaterThanOrEqual(Number(dividend?.dividendHundredths));
    expect(dividend).toMatchObject({ outcome: '1', source: '' });
    expect(dividend?.tier).not.toBe('');
  });

  test('pays out what was carried into it, net and gross', async () => {
    const plain = await priced({});
    await close();
    router = createFakeRouter();
    await openWith(ownFile());
    const carried = { carriedNetCents: 2_000n, carriedGrossCents: 1_000n, mandatory: true };
    const pool = await priced(carried);
    expect(pool?.price).toMatchObject({ carryOverCents: 3_000n, topUpCents: 0n });
    expect(pool?.price?.broughtInCents).toBe(3_000n);
    const payout = plain?.price?.payoutCents ?? 0n;
    expect((pool?.price?.payoutCents ?? 0n) - payout).toBeGreaterThan(2_000n);
    const { price } = pool ?? {};
    const out = [price?.payoutCents, price?.takeoutCents, price?.breakageCents];
    const sum = [...out, price?.carriedOutCents].reduce<bigint>((a, b) => a + (b ?? 0n), 0n);
    expect(sum).toBe((price?.grossCents ?? 0n) + (price?.broughtInCents ?? 0n));
    const { carriedNetCents = 0n, carriedGrossCents = 0n, carriedReserveCents = 0n } = price ?? {};
    expect(carriedNetCents + carriedGrossCents + carriedReserveCents).toBe(price?.carriedOutCents);
  });

  test('over several races shows who survives a leg', async () => {
    const legRaceIds = ['s1', 's2', 's3', 's4', 's5'];
    const pools = [{ poolId: 'big5', ruleSetId: 'big5-pmu@1', legRaceIds }];
    for (const id of legRaceIds) {
      const other = { pools: [{ poolId: 'win', ruleSetId: BUILT_IN }] };
      await racing().declareRace({
        ...declaration(id, 1_000),
        ...(id === 's1' ? { pools } : other),
      });
    }
    await racing().openRace({ raceId: 's1', steward: 'sam' });
    await client.accounts.openAccount({ requestId: 'q1', playerId: 'alice', alias: 'Alice' });
    await client.accounts.deposit({ requestId: 'q2', playerId: 'alice', amountCents: 1_000_00n });
    const legs = [[1, 2], [1], [1], [1], [1]].map((runners) => ({ runners }));
    const of = { raceId: 's1', poolId: 'big5', stakeCents: 200n };
    await client.betting.placeBet(bet('b1', { ...of, legs }));
    const lost = [{ runners: [3] }, ...legs.slice(1)];
    await client.betting.placeBet(bet('b2', { ...of, legs: lost }));
    const by = { raceId: 's1', steward: 'sam' };
    await racing().closeRace(by);
    await racing().enterResult({
      ...by,
      order: [{ runners: [1] }, { runners: [2] }, { runners: [3] }, { runners: [4] }],
    });
    await racing().makeOfficial(by);
    const pool = (await racing().getRace(by)).race?.pools[0];
    expect(pool?.survivors).toMatchObject({
      decidedLegs: 1,
      tickets: 1n,
      stakesCents: 200n,
      willPays: [],
    });
    expect(pool?.survivors?.valueHundredths).toBeGreaterThan(100n);
    expect(pool?.price).toBeUndefined();
  });
});

describe('a surface', () => {
  test('is changed until the result is official, and again is a repeat', async () => {
    await declare('r1', BUILT_IN);
    const by = { raceId: 'r1', steward: 'sam', why: 'off the turf' };
    expect((await racing().changeSurface(by)).race?.surfaceChanged).toBe(true);
    await racing().changeSurface(by);
    await racing().openRace(by);
    await racing().closeRace(by);
    await racing().enterResult({ ...by, order: [{ runners: [1] }], didNotFinish: [2, 3, 4] });
    await racing().makeOfficial(by);
    expect(await refusalOf(racing().changeSurface(by))).toMatchObject({ reason: 'WRONG_PHASE' });
    const nobody = { ...by, raceId: 'r9' };
    expect(await refusalOf(racing().changeSurface(nobody))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('rule sets', () => {
  test('are listed by id, page by page, with the file that they came from', async () => {
    const ids: string[] = [];
    const files: string[] = [];
    let pageToken = '';
    do {
      const page = await racing().listRuleSets({ pageSize: 7, pageToken });
      expect(page.ruleSets.length).toBeLessThanOrEqual(7);
      ids.push(...page.ruleSets.map((it) => it.ruleSetId));
      files.push(...page.ruleSets.map((it) => it.file).filter((it) => it !== ''));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(ids).toEqual([OWN, ...allRuleSets().map(({ id }) => id)].sort());
    expect(files).toEqual(['own.json']);
    const wrong = racing().listRuleSets({ pageToken: 'x' });
    expect(await refusalOf(wrong)).toMatchObject({ reason: 'BAD_PAGE_TOKEN' });
  });

  test('are given whole, as a file that makes them again', async () => {
    const { ruleSet, json } = await racing().getRuleSet({ ruleSetId: OWN });
    expect(ruleSet).toMatchObject({
      ...{ ruleSetId: OWN, title: 'Of the house', fromDay: '1970-01-01' },
      ...{ untilDay: '', file: 'own.json' },
    });
    const again = createRuleBook([{ name: 'again.json', text: json }]);
    expect(again.find(OWN)?.ruleSet).toEqual(own);
  });

  test('that nobody knows are refused, in the field that asks for them', async () => {
    expect(await refusalOf(racing().getRuleSet({ ruleSetId: 'toString' }))).toMatchObject({
      reason: 'UNKNOWN_RULE_SET',
      fields: ['rule_set_id'],
      message: 'there is no rule set toString',
    });
  });
});

describe('a bet', () => {
  test('by formula is counted by a rule set of the operator’s own', async () => {
    await declare('r1', OWN);
    await racing().openRace({ raceId: 'r1', steward: 'sam' });
    await client.accounts.openAccount({ requestId: 'q1', playerId: 'alice', alias: 'Alice' });
    await client.accounts.deposit({ requestId: 'q2', playerId: 'alice', amountCents: 1_000_00n });
    const terms = { poolId: 'pool0', formula: Formula.COMBINED, legs: [{ runners: [1, 2] }] };
    const placed = await client.betting.placeBet(bet('b1', terms));
    expect(placed.bet?.combinations).toBe(2n);
  });
});

describe('a card', () => {
  test('judges by the rule sets that it is given, and leaves others to the race', async () => {
    await declare('r1', OWN);
    await racing().openRace({ raceId: 'r1', steward: 'sam' });
    const time = { atMs: systemClock.now(), timeoutMs: 1_000 };
    const book = createRuleBook([ownFile()]);
    const known = createCards(router, systemClock, (id) => book.find(id)?.ruleSet);
    expect(await known.fetch(raceId('r1'), time)).toMatchObject({ phase: 'open' });
    expect(known.peek(raceId('r1'), time.atMs)?.pools.get('pool0')?.ruleSet.id).toBe(OWN);
    const catalogue = createCards(router, systemClock);
    const card = await catalogue.fetch(raceId('r1'), time);
    expect('pools' in card && card.pools.has('pool0')).toBe(true);
    expect('pools' in card && card.pools.get('pool0')).toBeUndefined();
  });
});

describe('a card of a rule set that its file says otherwise now', () => {
  const changed = { ...own, stake: { ...own.stake, minimumCents: own.stake.minimumCents * 2 } };
  const find = (id: string) => createRuleBook([ownFile(changed)]).find(id)?.ruleSet;
  const fetchFrom = async (cards: ReturnType<typeof createCards>, id: string) => {
    const card = await cards.fetch(raceId(id), { atMs: systemClock.now(), timeoutMs: 1_000 });
    return 'pools' in card ? card.pools.get('pool0')?.ruleSet : card;
  };
  const asked = () => router.asked.filter((it) => it === `rule-set/${OWN} rule-set`).length;

  beforeEach(async () => {
    for (const id of ['r1', 'r2']) {
      await declare(id, OWN);
      await racing().openRace({ raceId: id, steward: 'sam' });
    }
  });

  test('judges by what the race was declared with, and asks for that once', async () => {
    const cards = createCards(router, systemClock, find);
    expect(await fetchFrom(cards, 'r1')).toEqual(own);
    expect(await fetchFrom(cards, 'r1')).toEqual(own);
    expect(await fetchFrom(cards, 'r2')).toEqual(own);
    expect(asked()).toBe(1);
  });

  test('judges by the catalogue alone where nothing is on record', async () => {
    await declare('r3', BUILT_IN);
    const blank = createFakeRouter();
    const ask: FakeRouter['ask'] = (to, what, options) =>
      (to.address.startsWith('rule-set/') ? blank : router).ask(to, what, options);
    const cards = createCards({ ...router, ask }, systemClock, find);
    expect(await fetchFrom(cards, 'r1')).toBeUndefined();
    const known = createCards({ ...router, ask }, systemClock);
    expect(await fetchFrom(known, 'r3')).toEqual(builtIn);
  });

  test('leaves it to the race while nobody answers, and asks again', async () => {
    const cards = createCards(router, systemClock, find);
    router.bend(`rule-set/${OWN}`, 'crashed');
    expect(await fetchFrom(cards, 'r1')).toBeUndefined();
    expect(cards.peek(raceId('r1'), systemClock.now())).toBeUndefined();
    router.bend(`rule-set/${OWN}`, undefined);
    expect(await fetchFrom(cards, 'r1')).toEqual(own);
    expect(cards.peek(raceId('r1'), systemClock.now())).toBeDefined();
    expect(asked()).toBe(2);
  });
});

describe('a server', () => {
  let dir: string;
  let rulesDir: string;
  const start = () =>
    startSystem({
      dataDir: join(dir, 'data'),
      partitions: 1,
      shards: 1,
      grpc: { host: '127.0.0.1', port: 0 },
      http: undefined,
      nats: undefined,
      pageDir: dir,
      logLevel: 'silent',
      rulesDir,
    });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
    rulesDir = join(dir, 'rules');
    mkdirSync(rulesDir);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('serves the JSON files of its directory, and nothing else that is in it', async () => {
    writeFileSync(join(rulesDir, 'own.json'), JSON.stringify(own));
    writeFileSync(join(rulesDir, 'README.md'), 'no rule set');
    const system = await start();
    const stranger = connectClient(system.grpcAddress);
    try {
      const { ruleSet } = await stranger.racing.getRuleSet({ ruleSetId: OWN });
      expect(ruleSet?.file).toBe('own.json');
      const pools = [{ poolId: 'win', ruleSetId: OWN }];
      const { race } = await stranger.racing.declareRace({ ...declaration('r1', 1_000), pools });
      expect(race?.pools[0]?.ruleSetId).toBe(OWN);
    } finally {
      stranger.close();
      await system.stop();
    }
  });

  test('does not start with a file that is no rule set, and says which and where', async () => {
    writeFileSync(join(rulesDir, 'ok.json'), JSON.stringify(own));
    writeFileSync(join(rulesDir, 'bad.json'), JSON.stringify({ ...own, takeout: 'all' }));
    await expect(start()).rejects.toThrow(/bad\.json: takeout is not /);
  });

  test('does not start without its directory', async () => {
    rmSync(rulesDir, { recursive: true });
    await expect(start()).rejects.toThrow(`the rule sets cannot be read: ENOENT`);
  });
});
