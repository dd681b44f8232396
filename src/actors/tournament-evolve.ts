/** Tournament events folded into a tournament. Total over every event ever written; no rules in it. */
import { unreachable } from '../runtime/actor.ts';
import { drawOf } from './scoring/draw.ts';
import { firstRules } from './scoring/rule-sets.ts';
import { idOfAward } from './tournament-awards.ts';
import { contributionOf } from './tournament-contributions.ts';
import { betKey, type Entry, eventKey } from './tournament-entry.ts';
import type {
  AwardState,
  AwardStatus,
  DeedRecord,
  LeftEvent,
  RecordedContribution,
  TournamentEvent,
} from './tournament-events.ts';
import { boardsUnder, keptAt } from './tournament-past.ts';
import { LEDGER_MAX, openBetKey, rulesIn, type Tournament } from './tournament-state.ts';
import { USUAL_TERMS } from './tournament-terms.ts';
import type { AwardId, PlayerId } from './units.ts';

type Of<Kind extends TournamentEvent['kind']> = Extract<TournamentEvent, { kind: Kind }>;

export function evolveTournament(state: Tournament, event: TournamentEvent): Tournament {
  state.version++;
  switch (event.kind) {
    case 'tournament-created':
      created(state, event);
      return state;
    case 'player-joined':
      joined(state, event);
      return state;
    case 'bet-counted':
      oldBetCounted(state, event);
      return state;
    case 'bet-entered':
      state.openBets.set(openBetKey(event), event.timeMs);
      if (event.late) betLate(state, event);
      return state;
    case 'bet-left':
      state.openBets.delete(openBetKey(event));
      state.leftBets.add(openBetKey(event));
      betLeft(state, event);
      return state;
    case 'settlement-counted':
      state.openBets.delete(openBetKey({ ...event, bet: event.contribution.id }));
      keep(state, event.player, betKey(event.contribution.id), event.contribution, true);
      state.counts = { ...state.counts, accepted: state.counts.accepted + 1 };
      return state;
    case 'events-ingested':
      ingested(state, event);
      return state;
    case 'rules-changed': {
      const { version, rules, by, why, atMs, diff } = event;
      state.ruleTexts.push(rules);
      putInForce(state, version, rules);
      state.rulesChanges.push({ version, ruleSet: state.rules.id, by, why, atMs, diff });
      return state;
    }
    case 'phase-entered': {
      const { phase, by, why, atMs } = event;
      state.phase = phase;
      state.phases.push({ phase, by, why, atMs });
      if (phase === 'closed') state.closedAtMs = atMs;
      return state;
    }
    case 'board-snapshot-taken': {
      const { kind: _, ...snapshot } = event;
      state.snapshots.push({ ...snapshot, version: state.version, undone: false });
      return state;
    }
    case 'rolled-back':
      rolledBack(state, event);
      noteDeed(state, 'roll-back', event);
      return state;
    case 'replayed':
      if (event.dropped) dropAside(state);
      else replayed(state);
      noteDeed(state, event.dropped ? 'drop-aside' : 'replay', event);
      return state;
    case 'result-made':
      resultMade(state, event);
      return state;
    case 'awards-granted':
      for (const it of event.awards) granted(state, it, event.atMs);
      return state;
    case 'award-held': {
      const { kind: _, ...hold } = event;
      state.holds.set(event.player, hold);
      setDue(state, event.player, 'held', event.atMs);
      noteDeed(state, 'hold', event);
      return state;
    }
    case 'award-released':
      state.holds.delete(event.player);
      setDue(state, event.player, 'due', event.atMs);
      noteDeed(state, 'release', event);
      return state;
    case 'award-denied':
      state.holds.delete(event.player);
      state.denied.add(event.player);
      setDue(state, event.player, 'denied', event.atMs);
      noteDeed(state, 'deny', event);
      return state;
    case 'award-closed':
      closed(state, event);
      return state;
    default:
      return unreachable(event);
  }
}

function created(state: Tournament, event: Of<'tournament-created'>): void {
  const { title, races, bestOf, scoringRule, rules, terms = USUAL_TERMS, seed, atMs } = event;
  state.title = title;
  state.races = races;
  state.createdAtMs = atMs;
  state.isOld = rules === '';
  state.terms = terms;
  state.seed = seed;
  // Before there were rule sets a tournament had one, and its best so many.
  state.rules = state.isOld ? firstRules(scoringRule, bestOf) : rulesIn(rules);
  state.ruleTexts.push(state.isOld ? JSON.stringify(state.rules) : rules);
  state.rulesVersion = 1;
  // Races of an old tournament come in the order in which they first count.
  if (!state.isOld) for (const [index, race] of races.entries()) state.placeOf.set(race, index + 1);
}

function joined(state: Tournament, event: Of<'player-joined'>): void {
  const { player, alias, entry: number, region, division, team } = event;
  const draw = state.isOld
    ? oldDrawOf(`${state.id}/${player}`)
    : drawOf(state.seed, state.id, player);
  const entry: Entry = {
    player,
    alias,
    entry: number,
    draw,
    region,
    division,
    team,
    counted: new Map(),
  };
  state.entries.set(player, entry);
  state.byNumber.push(entry);
  if (team !== '') state.teams.set(team, (state.teams.get(team) ?? 0) + 1);
  changed(state, entry);
}

function oldBetCounted(state: Tournament, event: Of<'bet-counted'>): void {
  const { bet, player, race, settlement, stake, payout, raceOrder } = event;
  state.placeOf.set(race, raceOrder);
  const contribution = {
    ...NOTHING,
    id: bet,
    game: race,
    stake,
    win: payout,
    revision: settlement,
    ruleSet: state.rules.id,
  };
  keep(state, player, betKey(bet), contribution, true);
  state.counts = { ...state.counts, accepted: state.counts.accepted + 1 };
}

/** What an old event does not say. */
const NOTHING = {
  timeMs: 0,
  sequence: 0,
  outcome: '',
  place: 0,
  provider: '',
  bonus: false,
  late: false,
};

function ingested(state: Tournament, { batch, taken, left, atMs }: Of<'events-ingested'>): void {
  for (const { player, contribution } of taken) {
    const entry = keep(state, player, eventKey(contribution.id), contribution, false);
    state.eventIds.set(contribution.id, entry.entry);
  }
  const of = (status: LeftEvent['status']) => left.filter((it) => it.status === status).length;
  const { accepted, duplicate, late, refused } = state.counts;
  const notPlain = left.filter(({ why }) => why === 'in-window' || why === 'repeat').length;
  state.counts = {
    accepted: accepted + taken.length - notPlain,
    duplicate: duplicate + of('duplicate'),
    late: late + of('late'),
    refused: refused + of('refused'),
  };
  for (const { why } of left) state.leftBy.set(why, (state.leftBy.get(why) ?? 0) + 1);
  state.lastBatch = { batch, left };
  toLedger(
    state,
    left.filter(({ status }) => status === 'late'),
    atMs,
  );
}

/** When a bet comes, its event does not say. */
const NOBODY_KNOWS_MS = 0;

function betLate(state: Tournament, { bet, player, race, timeMs }: Of<'bet-entered'>): void {
  const told = { index: 0, id: bet, player, game: race, timeMs } as const;
  toLedger(state, [{ ...told, status: 'late', why: 'in-window' }], NOBODY_KNOWS_MS);
  state.counts = { ...state.counts, late: state.counts.late + 1 };
}

function noteDeed(
  { deeds }: Tournament,
  kind: DeedRecord['kind'],
  event: Omit<DeedRecord, 'kind' | 'player' | 'snapshot' | 'authorisedBy'> &
    Partial<Pick<DeedRecord, 'player' | 'snapshot' | 'authorisedBy'>>,
): void {
  const { by, why, atMs, player = '', snapshot = 0, authorisedBy = '' } = event;
  deeds.push({ kind, player, snapshot, by, authorisedBy, why, atMs });
}

function betLeft(state: Tournament, { bet, player, race, timeMs, why }: Of<'bet-left'>): void {
  if (why === 'cancelled') return;
  const { counts, leftBy } = state;
  leftBy.set(why, (leftBy.get(why) ?? 0) + 1);
  state.counts = { ...counts, refused: counts.refused + 1 };
  const left: LeftEvent = { index: 0, id: bet, player, game: race, timeMs, status: 'refused', why };
  if (why === 'after-close') toLedger(state, [left], NOBODY_KNOWS_MS);
}

function toLedger({ ledger }: Tournament, left: readonly LeftEvent[], atMs: number): void {
  ledger.push(...left.map((it) => ({ ...it, atMs })));
  if (ledger.length > LEDGER_MAX) ledger.splice(0, ledger.length - LEDGER_MAX);
}

function keep(
  state: Tournament,
  player: PlayerId,
  key: string,
  recorded: RecordedContribution,
  isBet: boolean,
): Entry {
  const entry = state.entries.get(player);
  if (entry === undefined) throw new Error(`${player} never joined ${state.id}`);
  const { revision, ruleSet, late } = recorded;
  const it = contributionOf(recorded, isBet);
  const before = entry.counted.get(key);
  entry.counted.set(key, { it, revision, ruleSet, late, at: state.version, before });
  changed(state, entry);
  return entry;
}

function rolledBack(
  state: Tournament,
  { snapshot: number, by, why, atMs }: Of<'rolled-back'>,
): void {
  const found = state.snapshots[number - 1];
  if (found === undefined) throw new Error(`${state.id} has no snapshot ${number}`);
  for (const entry of state.byNumber) {
    for (const [key, kept] of entry.counted) {
      const then = keptAt(kept, found.version);
      if (then === kept) continue;
      // What it replaced since would be replaced by it again.
      state.setAside.push({ entry: entry.entry, key, kept });
      if (then !== undefined) entry.counted.set(key, then);
      else {
        entry.counted.delete(key);
        // Its outcome is waited for again, until it comes or is replayed.
        const { it } = kept;
        if (it.isBet === true) state.openBets.set(openBetKey({ ...entry, bet: it.id }), it.timeMs);
      }
    }
  }
  for (const [index, it] of state.snapshots.entries()) {
    if (it.number > number) state.snapshots[index] = { ...it, undone: true };
  }
  const rules = state.ruleTexts[found.rulesVersion - 1];
  if (rules !== undefined && found.rulesVersion !== state.rulesVersion) {
    putInForce(state, found.rulesVersion, rules);
    const { rulesVersion: version, rules: now } = state;
    state.rulesChanges.push({ version, ruleSet: now.id, by, why, atMs, diff: undefined });
  }
  changedAll(state);
}

/** What has a later revision by now stays. */
function replayed(state: Tournament): void {
  for (const { entry: number, key, kept } of state.setAside) {
    const entry = state.byNumber[number - 1];
    if (entry === undefined) continue;
    const before = entry.counted.get(key);
    if (before !== undefined && before.revision >= kept.revision) continue;
    entry.counted.set(key, { ...kept, at: state.version, before });
    if (kept.it.isBet === true) state.openBets.delete(openBetKey({ ...entry, bet: kept.it.id }));
  }
  state.setAside = [];
  changedAll(state);
}

/** Of bets that were set aside no outcome is waited for any more, and none counts. */
function dropAside(state: Tournament): void {
  for (const { entry: number, kept } of state.setAside) {
    const entry = state.byNumber[number - 1];
    if (entry === undefined || kept.it.isBet !== true) continue;
    const key = openBetKey({ ...entry, bet: kept.it.id });
    if (state.openBets.delete(key)) state.leftBets.add(key);
  }
  state.setAside = [];
}

function resultMade(state: Tournament, event: Of<'result-made'>): void {
  const { version, snapshot, awards, diff, takenBack, by, authorisedBy, why, atMs } = event;
  const hash = state.snapshots[snapshot - 1]?.hash ?? '';
  const amounts = awards.map(({ amount }) => amount);
  const awardedCents = amounts.reduce((sum, amount) => sum + amount, 0);
  const deed = { by, authorisedBy, why, atMs };
  const made = { version, snapshot, hash, awards: awards.length, awardedCents, diff };
  state.results.push({ ...made, ...deed });
  const standing = new Set(awards.flatMap(({ entry, stands }) => (stands ? [entry] : [])));
  for (const { award } of takenBack) setStatus(state, award, 'withdrawing', atMs);
  for (const id of [...state.due]) {
    const it = state.awards.get(id);
    const entry = it && state.entries.get(it.player)?.entry;
    if (entry === undefined || standing.has(entry)) continue;
    setStatus(state, id, 'withdrawn', atMs);
    state.due.delete(id);
  }
  for (const { entry: number, rank, amount, prize, stands, held } of awards) {
    const entry = state.byNumber[number - 1];
    if (stands || entry === undefined) continue;
    const { player, alias } = entry;
    const award = idOfAward(state, version, number);
    const hold = state.holds.get(player)?.reason ?? (held ? 'amount' : '');
    const status = statusOfNew(state, player, hold);
    const it: AwardState = {
      award,
      version,
      player,
      alias,
      rank,
      amount,
      prize,
      status,
      hold,
      atMs,
    };
    state.awards.set(award, it);
    state.lastAward.set(number, award);
    if (status !== 'denied') state.due.add(award);
  }
}

function statusOfNew(
  { denied }: Tournament,
  player: PlayerId,
  hold: AwardState['hold'],
): AwardStatus {
  if (denied.has(player)) return 'denied';
  return hold === '' ? 'due' : 'held';
}

/** Of an amount of 0 the player had as much before: there is nothing for him to hear. */
function granted(
  state: Tournament,
  { award, player, amount }: Of<'awards-granted'>['awards'][number],
  atMs: number,
): void {
  state.due.delete(award);
  if (amount === 0) setStatus(state, award, 'settled', atMs);
  else {
    setStatus(state, award, 'granted', atMs);
    state.open.set(player, award);
    state.grantedCents.set(award, amount);
  }
}

function closed(state: Tournament, { award, player, how, atMs }: Of<'award-closed'>): void {
  setStatus(state, award, how, atMs);
  state.open.delete(player);
  const amount = state.grantedCents.get(award) ?? 0;
  state.grantedCents.delete(award);
  if (how !== 'withdrawn') state.had.set(player, (state.had.get(player) ?? 0) + amount);
}

function setDue(state: Tournament, player: PlayerId, status: AwardStatus, atMs: number): void {
  const hold = status === 'held' ? (state.holds.get(player)?.reason ?? '') : '';
  for (const id of [...state.due]) {
    const it = state.awards.get(id);
    if (it?.player !== player) continue;
    state.awards.set(id, { ...it, status, hold, atMs });
    if (status === 'denied') state.due.delete(id);
  }
}

/** Any but `held`. */
function setStatus(state: Tournament, id: AwardId, status: AwardStatus, atMs: number): void {
  const it = state.awards.get(id);
  if (it !== undefined) state.awards.set(id, { ...it, status, hold: '', atMs });
}

function changed(state: Tournament, entry: Entry): void {
  state.changedAt = state.version;
  state.boards.touch(entry);
}

/** Boards are made of the rules that they began with, so they are others. */
function putInForce(state: Tournament, version: number, rules: string): void {
  state.rulesVersion = version;
  state.rules = rulesIn(rules);
  state.boards = boardsUnder(state, rules);
  state.changedAt = state.version;
}

function changedAll(state: Tournament): void {
  state.changedAt = state.version;
  state.boards.touchAll();
}

/** FNV-1a, 32 bits: the draw of before there were seeds. */
function oldDrawOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
