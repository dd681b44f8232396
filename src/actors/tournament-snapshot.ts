/** A tournament as plain data, without what the rest says: the boards, and who is found where. */
import type { Snapshot } from '../runtime/actor.ts';
import type { Entry } from './tournament-entry.ts';
import { initialTournament, rulesIn, type Tournament, withBoards } from './tournament-state.ts';
import type { TournamentId } from './units.ts';

type Frozen = Omit<Tournament, 'id' | 'boards' | 'entries' | 'rules'>;

export const tournamentSnapshot: Snapshot<Tournament> = {
  version: 2,
  freeze({ id: _, boards: __, entries: ___, rules: ____, ...rest }): Frozen {
    return rest;
  },
  thaw(id, plain) {
    const frozen = plain as Frozen; // as `freeze` made it
    const text = frozen.ruleTexts[frozen.rulesVersion - 1];
    const state = withBoards({
      ...frozen,
      id: id as TournamentId,
      rules: text === undefined ? initialTournament(id).rules : rulesIn(text),
      entries: new Map(frozen.byNumber.map((it: Entry) => [it.player, it])),
    });
    state.boards.touchAll();
    return state;
  },
};
