import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { playerCodec, raceCodec } from '../../src/actors/codec.ts';
import { player } from '../../src/actors/player.ts';
import { sameTicket } from '../../src/actors/ticket.ts';
import { cents } from '../../src/actors/units.ts';
import { termsFrom, ticketFrom } from '../../src/actors/upcasting.ts';
import { ticket } from './given.ts';

type Lines = readonly { readonly bytes: string; readonly event: { readonly kind: string } }[];
const GOLDEN: Readonly<Record<string, Lines>> = JSON.parse(
  readFileSync(new URL('events-v1.golden.json', import.meta.url), 'utf8'),
);

/** As it was written before there were formulas. */
function oldest(actor: string, kind: string): Buffer {
  const line = GOLDEN[actor]?.find(({ event }) => event.kind === kind && !('formula' in event));
  return Buffer.from(line?.bytes ?? '', 'base64');
}

const older = { formula: '', picks: 0, alternates: [], flexi: 0, combinations: 0, channel: '' };

describe('a ticket from before there were formulas', () => {
  test('is all its legs, at the full stake, online', () => {
    const event = playerCodec.decode(oldest('PlayerEvent', 'stake-reserved'));
    if (event.kind !== 'stake-reserved') throw new Error(event.kind);
    expect(event).toMatchObject(older);
    expect(ticketFrom(event)).toEqual({
      ...{ bet: 'b-1', player: 'ann', race: 'r1', pool: 'double', legs: [[1, 2, 99], [3]] },
      ...{ formula: 'legs', picks: 0, alternates: [], flexi: 100 },
      ...{ stake: 200, combinations: 3, cost: 600, channel: 'online' },
    });
  });

  test('on one race is all its runners', () => {
    const told = { ...ticket('1,2'), ...older, formula: '' as const };
    expect(termsFrom(told)).toMatchObject({ formula: 'combined', combinations: 2, flexi: 100 });
  });

  test('goes to its race as a whole one when it is sent again', () => {
    const event = playerCodec.decode(oldest('PlayerEvent', 'stake-reserved'));
    expect(player.follow('ann', event)).toMatchObject([
      { command: { ticket: { formula: 'legs', combinations: 3, channel: 'online' }, atMs: 4 } },
    ]);
  });

  test('in its pool has the same terms', () => {
    const event = raceCodec.decode(oldest('RaceEvent', 'bet-registered'));
    if (event.kind !== 'bet-registered') throw new Error(event.kind);
    expect(event).toMatchObject({ ...older, atMs: 0 });
    expect(termsFrom(event)).toMatchObject({ formula: 'legs', combinations: 3, channel: 'online' });
  });
});

test('what an event tells of a ticket is kept where it tells it', () => {
  const full = {
    ...ticket('1,2'),
    ...{ formula: 'unit' as const, picks: 2, alternates: [7], flexi: 25 },
    ...{ combinations: 1, cost: cents(100), channel: 'terminal' },
  };
  const event = { kind: 'stake-reserved' as const, ...full, atMs: 1, tournaments: [] };
  expect(ticketFrom(event)).toEqual(full);
  expect(sameTicket(ticketFrom(event), full)).toBe(true);
});
