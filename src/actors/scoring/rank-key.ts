/** What ranks a player: his score, the ties that the rules name, and the draw. */
import type { RankKey } from '../ranking/rank-keys.ts';
import type { PlayerScore } from './player-score.ts';
import type { ScoringRuleSet, Tie } from './rule-set.ts';

export function rankKeyOf(rules: ScoringRuleSet, score: PlayerScore, draw: number): RankKey {
  const [tie1, tie2] = rules.ties ?? [];
  return {
    score: score.score,
    tie1: tieOf(score, tie1),
    tie2: tieOf(score, tie2),
    draw: rules.draw === true ? draw : 0,
  };
}

/** The lower ranks first. */
function tieOf({ penalty, reached, diversity }: PlayerScore, tie: Tie | undefined): number {
  if (tie === 'penalty') return penalty;
  if (tie === 'reached') return reached;
  return tie === 'diversity' ? 0 - diversity : 0;
}
