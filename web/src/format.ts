/**
 * Figures and times as one locale writes them. Amounts come in whole cents and hundredths and are
 * divided only here; times are UTC milliseconds, shown in the viewer's zone.
 */

/** A number ready to stand in a sentence. */
export interface Counted {
  readonly text: string;
  readonly plural: Intl.LDMLPluralRule;
}

export interface Format {
  readonly locale: string;
  /** The viewer's time zone by its short name. */
  readonly zone: string;
  readonly number: (value: number) => string;
  readonly money: (cents: number) => string;
  /** A dividend, probable or paid, for 1 staked. */
  readonly dividend: (hundredths: number) => string;
  readonly share: (fraction: number) => string;
  readonly counted: (value: number) => Counted;
  /** With the plural category of ordinals: 3rd, not 3 players. */
  readonly ordinal: (value: number) => Counted;
  /** 14:05 */
  readonly time: (atMs: number) => string;
  /** 14:05:09 */
  readonly clock: (atMs: number) => string;
}

export function createFormat(locale: string, timeZone?: string): Format {
  const zoned = timeZone === undefined ? {} : { timeZone };
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const cents = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const cardinals = new Intl.PluralRules(locale);
  const ordinals = new Intl.PluralRules(locale, { type: 'ordinal' });
  const minutes = new Intl.DateTimeFormat(locale, { ...zoned, ...HOUR_MINUTE });
  const seconds = new Intl.DateTimeFormat(locale, { ...zoned, ...HOUR_MINUTE, second: '2-digit' });
  const named = new Intl.DateTimeFormat(locale, { ...zoned, timeZoneName: 'short' });
  const parts = named.formatToParts(0);

  return {
    locale,
    zone: parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC',
    number: (value) => whole.format(value),
    money: (value) => cents.format(value / 100),
    dividend: (value) => cents.format(value / 100),
    share: (fraction) => percent.format(fraction),
    counted: (value) => ({ text: whole.format(value), plural: cardinals.select(value) }),
    ordinal: (value) => ({ text: whole.format(value), plural: ordinals.select(value) }),
    time: (atMs) => minutes.format(atMs),
    clock: (atMs) => seconds.format(atMs),
  };
}

const HOUR_MINUTE = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** 4:07, or 1:04:07 from an hour on. A second begun counts, so 0:00 means that it is time. */
export function countdownText(leftMs: number): string {
  const total = Math.max(0, Math.ceil(leftMs / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = String(total % 60).padStart(2, '0');
  if (hours === 0) return `${minutes}:${seconds}`;
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

/** `1`, or `1=` where the place is shared. */
export function placeText(place: number, shared: boolean): string {
  return shared ? `${place}=` : `${place}`;
}

/** The first place that is not taken yet follows all before it: two firsts, then a third. */
export function placesOf(
  order: readonly (readonly number[])[],
): readonly { readonly place: string; readonly runner: number }[] {
  const places: { place: string; runner: number }[] = [];
  for (const together of order) {
    const place = placeText(places.length + 1, together.length > 1);
    places.push(...together.map((runner) => ({ place, runner })));
  }
  return places;
}

/** `3-7-12` as it is read out. */
export function combinationText(combination: string): string {
  return combination.split('-').join(' – ');
}

/** The lowest dividends, of equals in the order of their numbers; at most `count`. */
export function lowestOf(
  probables: Readonly<Record<string, number>>,
  count: number,
): readonly (readonly [combination: string, hundredths: number])[] {
  const byNumbers = new Intl.Collator('en', { numeric: true });
  return Object.entries(probables)
    .sort(([one, pays], [other, otherPays]) => pays - otherPays || byNumbers.compare(one, other))
    .slice(0, count);
}

/** `3+10/4` as a bettor reads it: dead-heaters kept together, legs apart. */
export function outcomeText(outcome: string): string {
  return outcome.split('/').join(' / ');
}
