// The pure parts of the page: its address, its figures, its moves, its languages, its clock.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAddress, withAddress } from '../../web/src/address.ts';
import { createAnnouncer } from '../../web/src/announcer.ts';
import {
  combinationText,
  countdownText,
  createFormat,
  lowestOf,
  outcomeText,
  placesOf,
} from '../../web/src/format.ts';
import { chooseLanguage } from '../../web/src/messages/choose.ts';
import { createServerClock, untilMs } from '../../web/src/server-clock.ts';
import { NO_TRENDS, trendsAfter, trendsSince } from '../../web/src/trend.ts';

describe('the address', () => {
  it('names the board of the development day unless it names another', () => {
    expect(readAddress('')).toEqual({
      board: 'sha-tin-day',
      player: undefined,
      race: undefined,
      lang: undefined,
    });
    expect(readAddress('?board=cup&player= p-1 &lang=fr')).toMatchObject({
      board: 'cup',
      player: 'p-1',
      lang: 'fr',
    });
  });

  it('keeps the rest when one thing changes', () => {
    expect(withAddress('?board=cup&x=1', { player: 'p 1' })).toBe('?board=cup&x=1&player=p+1');
    expect(withAddress('?player=p', { player: undefined })).toBe('');
  });
});

describe('figures', () => {
  it.each([
    [0, '0:00'],
    [-5_000, '0:00'],
    [1, '0:01'],
    [1_000, '0:01'],
    [59_001, '1:00'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [3_667_000, '1:01:07'],
  ])('counts %i ms down as %s', (leftMs, text) => {
    expect(countdownText(leftMs)).toBe(text);
  });

  it('shares a place among dead-heaters and leaves out those that it takes up', () => {
    expect(placesOf([[3, 10], [2], [7, 8, 9], [1]])).toEqual([
      { place: '1=', runner: 3 },
      { place: '1=', runner: 10 },
      { place: '3', runner: 2 },
      { place: '4=', runner: 7 },
      { place: '4=', runner: 8 },
      { place: '4=', runner: 9 },
      { place: '7', runner: 1 },
    ]);
  });

  it('writes cents and hundredths as each language does', () => {
    const en = createFormat('en-GB', 'Asia/Hong_Kong');
    expect(en.money(1_234_550)).toBe('12,345.50');
    expect(en.dividend(105)).toBe('1.05');
    expect(en.clock(0)).toBe('08:00:00');
    expect(createFormat('fr', 'UTC').money(1_234_550)).toBe('12\u202f345,50');
    expect(outcomeText('3+10/4')).toBe('3+10 / 4');
  });

  it('puts the lowest dividends first, and no more than there is room for', () => {
    const probables = { '2-10': 450, '2-9': 450, '1-2': 230, '7-8': 9_900 };
    expect(lowestOf(probables, 3)).toEqual([
      ['1-2', 230],
      ['2-9', 450],
      ['2-10', 450],
    ]);
    expect(combinationText('2-9-10')).toBe('2 – 9 – 10');
  });

  it.each([
    ['en', [1, 2, 3, 4, 11, 21, 112], ['1st', '2nd', '3rd', '4th', '11th', '21st', '112th']],
    ['fr', [1, 2, 21], ['1er', '2e', '21e']],
  ])('says ranks in %s', (language, ranks, texts) => {
    const { messages, locale } = chooseLanguage(language, []);
    const format = createFormat(locale);
    expect(ranks.map((rank) => messages.ordinal(format.ordinal(rank)))).toEqual(texts);
  });
});

describe('languages', () => {
  it.each([
    ['fr', ['en-GB'], 'fr', 'fr'],
    ['fr', ['fr-CH'], 'fr-CH', 'fr'],
    [undefined, ['de-DE', 'fr-CA', 'en'], 'fr-CA', 'fr'],
    [undefined, ['de-DE'], 'en', 'en'],
    ['tlh', ['en-AU'], 'en-AU', 'en'],
    ['constructor', [], 'en', 'en'],
    ['fr-?', [], 'fr', 'fr'],
  ])('asked for %s and liking %s, it is %s', (asked, liked, locale, language) => {
    expect(chooseLanguage(asked, liked)).toMatchObject({ locale, language });
  });
});

describe('moves', () => {
  const at = (rank: number) => new Map([['a', rank]]);
  const newsMs = 1_000;

  it('adds up moves that are close, and forgets one that went back', () => {
    const once = trendsAfter(NO_TRENDS, at(5), at(4), { nowMs: 0, newsMs });
    const twice = trendsAfter(once, at(4), at(3), { nowMs: 900, newsMs });
    expect(twice.get('a')).toEqual({ from: 5, to: 3, sinceMs: 0, atMs: 900 });
    expect(trendsAfter(twice, at(3), at(5), { nowMs: 950, newsMs }).size).toBe(0);
  });

  it('compares what never rests with one news time ago at most', () => {
    const once = trendsAfter(NO_TRENDS, at(5), at(4), { nowMs: 0, newsMs });
    const later = trendsAfter(once, at(4), at(3), { nowMs: 1_000, newsMs });
    expect(later.get('a')).toMatchObject({ from: 4, to: 3 });
  });

  it('says nothing of who is new or gone, and drops old news', () => {
    expect(trendsAfter(NO_TRENDS, new Map(), at(4), { nowMs: 0, newsMs }).size).toBe(0);
    const once = trendsAfter(NO_TRENDS, at(5), at(4), { nowMs: 0, newsMs });
    expect(trendsAfter(once, at(4), new Map(), { nowMs: 1, newsMs }).size).toBe(0);
    expect(trendsSince(once, 0)).toBe(once);
    expect(trendsSince(once, 1).size).toBe(0);
  });
});

describe('in time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('knows no time until the server has told it, then runs with it', () => {
    const clock = createServerClock();
    expect(clock.now.value).toBeUndefined();
    clock.hear(1_800_000_000_900);
    expect(clock.now.value).toBe(1_800_000_000_000);
    vi.advanceTimersByTime(250);
    expect(clock.now.value).toBe(1_800_000_001_000);
  });

  it.each([
    { offMs: 1_800_000_010_000, shown: ['0:10', '0:10', '0:09', '0:09'] },
    { offMs: 1_800_000_010_500, shown: ['0:10', '0:10', '0:09', '0:09'] },
    { offMs: 1_800_000_010_999, shown: ['0:10', '0:10', '0:09', '0:09'] },
  ])('is never a second or more over what is left until $offMs', ({ offMs, shown }) => {
    const clock = createServerClock();
    clock.hear(1_800_000_000_000);
    const counted = shown.map(() => {
      const text = countdownText(untilMs(offMs, clock.now.value ?? 0));
      vi.advanceTimersByTime(500);
      return text;
    });
    expect(counted).toEqual(shown);
  });

  it('believes the heartbeat that was on its way the shortest', () => {
    const clock = createServerClock();
    clock.hear(50_000);
    vi.advanceTimersByTime(5_000);
    clock.hear(53_000);
    expect(clock.now.value).toBe(55_000);
    clock.forget();
    clock.hear(53_000);
    expect(clock.now.value).toBe(53_000);
  });

  it('speaks at most every ten seconds, the last word on each subject', () => {
    const announcer = createAnnouncer();
    const said: string[] = [];
    announcer.said.subscribe((text) => {
      if (text) said.push(text);
    });
    announcer.tell('leader', 'Ann leads.');
    announcer.tell('leader', 'Bob leads.');
    announcer.tell('you', 'You are 2nd.');
    vi.advanceTimersByTime(500);
    announcer.tell('leader', 'Cid leads.');
    vi.advanceTimersByTime(9_999);
    expect(said).toEqual(['Bob leads. You are 2nd.']);
    vi.advanceTimersByTime(1);
    expect(said).toEqual(['Bob leads. You are 2nd.', 'Cid leads.']);
  });
});
