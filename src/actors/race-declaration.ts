/** What a race is declared with: its runners and its pools. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { dayOf } from './pool-pricing.ts';
import { ruleSetProblem } from './pools/rule-set-shape.ts';
import type {
  PoolDeclaration,
  RaceCommand,
  RaceEvent,
  RaceRejection,
  RunnerDeclared,
} from './race-events.ts';
import { declarationKey, type Race } from './race-state.ts';
import { sentenceOf } from './shape.ts';
import { type RunnerNumber, ZERO } from './units.ts';

export function declareRace(
  state: Race,
  command: Extract<RaceCommand, { kind: 'declare-race' }>,
): Decision<RaceEvent, RaceRejection> {
  const { title, offAtMs, by, why = '', atMs } = command;
  const runners = command.runners.map((it) => ({ coupledWith: 0, ...it }));
  if (state.phase !== 'undeclared') {
    return state.declaration === declarationKey(command)
      ? accept()
      : reject({ reason: 'race-exists', race: state.id });
  }
  const twice = firstRepeated(runners.map((it) => it.number));
  if (twice !== undefined) return reject({ reason: 'runner-twice', runner: twice });
  const problem = entriesProblem(runners) ?? poolsProblem(state, command);
  if (problem !== undefined) return reject({ reason: 'bad-declaration', ...problem });

  const pools = command.pools.map((it) => ({
    carriedNet: ZERO,
    carriedGross: ZERO,
    mandatory: false,
    ...it,
    ruleSet: JSON.stringify(it.ruleSet),
  }));
  const legOf = [...state.legOf];
  return accept({ kind: 'race-declared', title, offAtMs, runners, pools, legOf, by, why, atMs });
}

type Problem = { readonly path: string; readonly problem: string };

function entriesProblem(runners: readonly RunnerDeclared[]): Problem | undefined {
  for (const [index, { number, coupledWith = 0 }] of runners.entries()) {
    if (coupledWith === 0) continue;
    const path = `runners[${index}].coupled_with`;
    if (coupledWith === number) return { path, problem: `${number} is coupled with itself` };
    if (!runners.some((it) => it.number === coupledWith)) {
      return { path, problem: `there is no runner ${coupledWith}` };
    }
  }
  return undefined;
}

function poolsProblem(
  state: Race,
  { pools, offAtMs }: { readonly pools: readonly PoolDeclaration[]; readonly offAtMs: number },
): Problem | undefined {
  const day = dayOf(offAtMs);
  const seen = new Set<string>();
  for (const [index, { id, ruleSet, legs, guarantee }] of pools.entries()) {
    const path = `pools[${index}]`;
    // Checked where it comes in: what is in the log was sound by the rules of its day.
    const unsound = ruleSetProblem(ruleSet);
    if (unsound !== undefined) return { path: `${path}.ruleSet`, problem: sentenceOf(unsound) };
    const { from = '', until = '9999-12-31' } = ruleSet;
    if (day < from || day > until) {
      const dates = `${from || 'any day'} to ${ruleSet.until ?? 'any day'}`;
      return { path: `${path}.ruleSet`, problem: `${ruleSet.id} is for ${dates}, not ${day}` };
    }
    if (seen.has(id)) return { path: `${path}.id`, problem: `${id} is declared twice` };
    seen.add(id);
    const needed = ruleSet.bet.kind === 'legs' ? ruleSet.bet.legs : 0;
    if (legs.length !== needed) {
      return {
        path: `${path}.legs`,
        problem: `${ruleSet.id} needs ${needed} legs, not ${legs.length}`,
      };
    }
    if (needed > 0 && legs[0] !== state.id) {
      return { path: `${path}.legs[0]`, problem: `the first leg is ${state.id}, not ${legs[0]}` };
    }
    const twice = firstRepeated(legs);
    if (twice !== undefined) return { path: `${path}.legs`, problem: `${twice} is a leg twice` };
    if (ruleSet.guarantee === undefined && guarantee > 0) {
      return { path: `${path}.guarantee`, problem: `${ruleSet.id} takes no guarantee` };
    }
  }
  return undefined;
}

function firstRepeated<Item extends RunnerNumber | string>(
  items: readonly Item[],
): Item | undefined {
  return items.find((item, index) => items.indexOf(item) !== index);
}
