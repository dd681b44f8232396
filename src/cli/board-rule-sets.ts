/**
 * `furlong board rule-sets`, `rule-set`, `check-rule-set`: the scoring rule sets that tournaments can
 * be created with, and whether a file is one.
 *
 * Invariant: the check asks no server, and judges a file as a server does when it starts.
 */
import { create, type JsonValue } from '@bufbuild/protobuf';
import {
  ListScoringRuleSetsResponseSchema,
  type ScoringRuleSet,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { checkScoringRuleSet } from '../standings/scoring-fault.ts';
import { EXIT, Refused } from './exit.ts';
import { readJson } from './json-file.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { LIMIT, limitOf, readPages } from './pages.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

/** As long as a server reads. */
const FILE_MAX_BYTES = 1024 * 1024;

const list: Verb = {
  name: 'board rule-sets',
  about: 'the scoring rule sets that tournaments can be created with, by id',
  options: [LIMIT, ADDRESS],
  async run(input, { connect, output }) {
    const limit = limitOf(input);
    const { tournaments } = connect();
    const { items, nextPageToken } = await readPages(limit, output, async (page) => {
      const answer = await tournaments.listScoringRuleSets(page);
      return { items: answer.scoringRuleSets, nextPageToken: answer.nextPageToken };
    });
    const all = { scoringRuleSets: [...items], nextPageToken };
    output.show({
      json: () =>
        messageJson(
          ListScoringRuleSetsResponseSchema,
          create(ListScoringRuleSetsResponseSchema, all),
        ),
      human: () => listLines(items, output),
    });
    return EXIT.ok;
  },
};

const show: Verb = {
  name: 'board rule-set',
  about: 'one scoring rule set, whole: JSON as in a rule set’s file (docs/BOARDS.md)',
  takes: [{ name: '<id>', about: 'name@version' }],
  options: [ADDRESS],
  examples: ['furlong board rule-set multiplier-best-10@1'],
  async run(input, { connect, output }) {
    const scoringRuleSetId = takenAt(input, 0);
    const { scoringRuleSet } = await connect().tournaments.getScoringRuleSet({ scoringRuleSetId });
    if (!scoringRuleSet) throw new Error('the server answered without a rule set');
    const json: JsonValue = JSON.parse(scoringRuleSet.json);
    output.show({
      json: () => json,
      human: () => JSON.stringify(json, undefined, 2).split('\n'),
    });
    return EXIT.ok;
  },
};

const check: Verb = {
  name: 'board check-rule-set',
  about:
    'whether a file is a scoring rule set for tournaments; ends with 65 and what is wrong where not',
  takes: [{ name: '<file>', about: 'JSON; - reads it from stdin' }],
  examples: ['furlong board check-rule-set examples/boards/golden-hour.json'],
  async run(input, { output }) {
    const { name, data } = await readJson(takenAt(input, 0), { maxBytes: FILE_MAX_BYTES });
    const checked = checkScoringRuleSet(name, data);
    if ('fault' in checked) throw new Refused(checked.fault, EXIT.badData);
    output.show({
      json: () => ({ ok: true, scoringRuleSetId: checked.id }),
      human: () => [`${name}: ok, ${checked.id}`],
    });
    return EXIT.ok;
  },
};

export const ruleSetVerbs: readonly Verb[] = [list, show, check];

function listLines(ruleSets: readonly ScoringRuleSet[], { style }: Output): string[] {
  return tableLines(
    [{ title: 'rule set' }, { title: 'file' }],
    ruleSets.map(({ scoringRuleSetId, file }) => [scoringRuleSetId, file]),
    style,
  );
}
