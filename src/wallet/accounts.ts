/**
 * The accounts of the reference wallet: balances, what is held of them, and every operation that
 * was ever asked for. Pure: `judge` says what an operation would do, `apply` does it.
 *
 *   authorise ─ held ─┬─ capture ─ captured: the balance is less
 *       │             └─ void ──── voided:   nothing happened
 *       └─ declined                    void of what never came: a tombstone
 *
 * Invariants: available = balance − everything held, and never below 0; what is held ends once,
 * captured or voided; what is declined or voided is never captured; an operation has one content and
 * one outcome for ever.
 */

export type WalletOperation =
  | {
      readonly kind: 'authorise';
      readonly id: string;
      readonly player: string;
      readonly cents: number;
      readonly bet: string;
      readonly expiresAtMs: number;
    }
  | { readonly kind: 'capture'; readonly id: string; readonly authorisation: string }
  | { readonly kind: 'void'; readonly id: string; readonly authorisation: string }
  | {
      readonly kind: 'credit';
      readonly id: string;
      readonly player: string;
      readonly cents: number;
      readonly race: string;
      readonly pool: string;
      readonly bet: string;
    };

export type Decline = 'insufficient-funds' | 'blocked' | 'expired' | 'voided';

/** What is written down: an operation with its outcome, or an account that is opened. */
export type WalletRecord =
  | { readonly kind: 'opened'; readonly player: string; readonly cents: number }
  | { readonly kind: 'done'; readonly operation: WalletOperation; readonly declined?: Decline };

export type Judgement =
  /** To be written down, in order, then applied, then answered. */
  | {
      readonly kind: 'new';
      readonly records: readonly WalletRecord[];
      readonly declined: Decline | undefined;
    }
  /** Answered before. */
  | { readonly kind: 'known'; readonly declined: Decline | undefined }
  | { readonly kind: 'refused'; readonly why: Misuse };

/** The caller is wrong, and asking again changes nothing. */
export type Misuse = 'operation-id-reused' | 'unknown-authorisation' | 'not-held' | 'captured';

type OperationState = 'held' | 'captured' | 'voided' | 'declined' | 'credited';

export interface FoundOperation {
  readonly operation: WalletOperation;
  readonly state: OperationState;
  readonly declined: Decline | undefined;
}

export interface WalletAccount {
  readonly player: string;
  readonly balance: number;
  readonly held: number;
}

export interface WalletAccounts {
  judge(operation: WalletOperation, atMs: number): Judgement;
  apply(record: WalletRecord): void;
  find(id: string): FoundOperation | undefined;
  accounts(): Iterable<WalletAccount>;
}

interface Authorisation {
  readonly player: string;
  readonly cents: number;
  state: 'held' | 'captured' | 'voided' | 'declined';
}

interface Done {
  readonly operation: WalletOperation;
  readonly declined: Decline | undefined;
}

/** @param options.openingCents What a player has who is asked about for the first time. */
export function createWalletAccounts(options: {
  readonly openingCents: number;
  readonly blocked: ReadonlySet<string>;
}): WalletAccounts {
  const { openingCents, blocked } = options;
  const accounts = new Map<string, { balance: number; held: number }>();
  const operations = new Map<string, Done>();
  /** By the operation that made it; also of one that was voided before it came. */
  const authorisations = new Map<string, Authorisation>();

  function judge(operation: WalletOperation, atMs: number): Judgement {
    const known = operations.get(operation.id);
    if (known !== undefined) {
      if (!sameContent(known.operation, operation)) {
        return { kind: 'refused', why: 'operation-id-reused' };
      }
      return { kind: 'known', declined: declinedNow(known) };
    }
    switch (operation.kind) {
      case 'authorise':
        return done(operation, openingOf(operation.player), declineOf(operation, atMs));
      case 'credit':
        return done(operation, openingOf(operation.player));
      case 'capture': {
        const of = authorisations.get(operation.authorisation);
        if (of === undefined) return { kind: 'refused', why: 'unknown-authorisation' };
        if (of.state === 'captured') return { kind: 'refused', why: 'captured' };
        return of.state === 'held' ? done(operation) : { kind: 'refused', why: 'not-held' };
      }
      default:
        return authorisations.get(operation.authorisation)?.state === 'captured'
          ? { kind: 'refused', why: 'captured' }
          : done(operation);
    }
  }

  function openingOf(player: string): WalletRecord[] {
    return accounts.has(player) ? [] : [{ kind: 'opened', player, cents: openingCents }];
  }

  function declineOf(
    { id, player, cents, expiresAtMs }: WalletOperation & { kind: 'authorise' },
    atMs: number,
  ): Decline | undefined {
    // A void that came first has left its mark.
    if (authorisations.has(id)) return 'voided';
    if (blocked.has(player)) return 'blocked';
    if (atMs >= expiresAtMs) return 'expired';
    const { balance, held } = accounts.get(player) ?? { balance: openingCents, held: 0 };
    return cents > balance - held ? 'insufficient-funds' : undefined;
  }

  /** What was promised and let go of since must not be promised again. */
  function declinedNow({ operation, declined }: Done): Decline | undefined {
    if (operation.kind !== 'authorise' || declined !== undefined) return declined;
    return authorisations.get(operation.id)?.state === 'voided' ? 'voided' : undefined;
  }

  function apply(record: WalletRecord): void {
    if (record.kind === 'opened') {
      accounts.set(record.player, { balance: record.cents, held: 0 });
      return;
    }
    const { operation, declined } = record;
    operations.set(operation.id, { operation, declined });
    switch (operation.kind) {
      case 'authorise': {
        const { id, player, cents } = operation;
        if (declined === 'voided') return;
        const state = declined === undefined ? 'held' : 'declined';
        authorisations.set(id, { player, cents, state });
        if (state === 'held') accountOf(player).held += cents;
        return;
      }
      case 'credit':
        accountOf(operation.player).balance += operation.cents;
        return;
      case 'capture': {
        const { player, cents } = captured(operation.authorisation);
        accountOf(player).held -= cents;
        accountOf(player).balance -= cents;
        return;
      }
      default: {
        const of = authorisations.get(operation.authorisation);
        if (of?.state === 'held') {
          accountOf(of.player).held -= of.cents;
          of.state = 'voided';
        } else if (of === undefined) {
          authorisations.set(operation.authorisation, { player: '', cents: 0, state: 'voided' });
        }
      }
    }
  }

  function captured(id: string): Authorisation {
    const of = authorisations.get(id);
    if (of?.state !== 'held') throw new Error(`authorisation ${id} is ${of?.state ?? 'unknown'}`);
    of.state = 'captured';
    return of;
  }

  function accountOf(player: string): { balance: number; held: number } {
    const account = accounts.get(player);
    if (account === undefined) throw new Error(`player ${player} has no account`);
    return account;
  }

  return {
    judge,
    apply,
    find(id) {
      const found = operations.get(id);
      if (found === undefined) return undefined;
      const { operation, declined } = found;
      return { operation, declined, state: stateOf(operation) };
    },
    *accounts() {
      for (const [player, it] of accounts) yield { player, ...it };
    },
  };

  function stateOf(operation: WalletOperation): OperationState {
    switch (operation.kind) {
      case 'authorise':
        return authorisations.get(operation.id)?.state ?? 'declined';
      case 'capture':
        return 'captured';
      case 'void':
        return 'voided';
      default:
        return 'credited';
    }
  }
}

function done(
  operation: WalletOperation,
  before: readonly WalletRecord[] = [],
  declined?: Decline,
): Judgement {
  const record = {
    kind: 'done',
    operation,
    ...(declined === undefined ? {} : { declined }),
  } as const;
  return { kind: 'new', records: [...before, record], declined };
}

/** Both were made by one hand, or read from what it wrote: fields stand in one order. */
function sameContent(a: WalletOperation, b: WalletOperation): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
