/**
 * `furlong rules`: the rule sets that pools can be declared with, and whether a file is one.
 *
 * Invariant: `check` asks no server, and judges a file as a server does when it starts.
 */
import type { JsonValue } from '@bufbuild/protobuf';
import type { Client } from '../client/client.ts';
import { type RuleSet, RuleSetSchema } from '../gen/furlong/racing/v1/racing_pb.ts';
import { ruleSetFault } from '../pricing/rule-set-fault.ts';
import { EXIT, Refused } from './exit.ts';
import { readJson } from './json-file.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { ADDRESS, type Option, type Scene, takenAt, type Verb } from './verb.ts';

const PAGE_SIZE = 100;
/** A server that never ends its list must not hold us for ever. */
const PAGES_MAX = 100;

/** As long as a server reads. */
const FILE_MAX_BYTES = 1024 * 1024;

/** Of the verbs that start a server. */
export const RULES: Option = {
  flags: '--rules <dir>',
  about: 'rule sets of your own, a JSON file each (FURLONG_RULES; default: the catalogue alone)',
};

/** The scene, whose systems know the rule sets of its configuration. */
export function withRules(scene: Scene): Scene {
  const { config, startSystem } = scene;
  return {
    ...scene,
    startSystem: (options) => startSystem({ ...options, rulesDir: config.rules }),
  };
}

const list: Verb = {
  name: 'rules list',
  about: 'the rule sets that pools can be declared with, by id',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const ruleSets = await allRuleSets(connect().racing);
    output.show({
      json: () => ruleSets.map((it) => messageJson(RuleSetSchema, it)),
      human: () => listLines(ruleSets, output),
    });
    return EXIT.ok;
  },
};

const show: Verb = {
  name: 'rules show',
  about: 'one rule set, whole: JSON as in a rule set’s file',
  takes: [{ name: '<id>', about: 'name@version' }],
  options: [ADDRESS],
  examples: ['furlong rules show simple-gagnant-pmu@1'],
  async run(input, { connect, output }) {
    const ruleSetId = takenAt(input, 0);
    const { json: text } = await connect().racing.getRuleSet({ ruleSetId });
    const json: JsonValue = JSON.parse(text);
    output.show({
      json: () => json,
      human: () => JSON.stringify(json, undefined, 2).split('\n'),
    });
    return EXIT.ok;
  },
};

const check: Verb = {
  name: 'rules check',
  about: 'whether a file is a rule set; ends with 65 and the path of what is wrong where it is not',
  takes: [{ name: '<file>', about: 'JSON; - reads it from stdin' }],
  examples: ['furlong rules check my-rules/win.json'],
  async run(input, { output }) {
    const { name, data } = await readJson(takenAt(input, 0), { maxBytes: FILE_MAX_BYTES });
    const fault = ruleSetFault(data);
    if (fault !== undefined) throw new Refused(`${name}: ${fault}`, EXIT.badData);
    // A rule set has an id.
    const { id } = data as { readonly id: string };
    output.show({
      json: () => ({ ok: true, ruleSetId: id }),
      human: () => [`${name}: ok, ${id}`],
    });
    return EXIT.ok;
  },
};

export const rulesVerbs: readonly Verb[] = [list, show, check];

async function allRuleSets(racing: Client['racing']): Promise<RuleSet[]> {
  const ruleSets: RuleSet[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await racing.listRuleSets({ pageSize: PAGE_SIZE, pageToken });
    ruleSets.push(...answer.ruleSets);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  return ruleSets;
}

function listLines(ruleSets: readonly RuleSet[], { style }: Output): string[] {
  return tableLines(
    [{ title: 'rule set' }, { title: 'for races' }, { title: 'file' }, { title: 'title' }],
    ruleSets.map(({ ruleSetId, fromDay, untilDay, file, title }) => [
      ruleSetId,
      daysOf(fromDay, untilDay),
      file,
      title,
    ]),
    style,
  );
}

function daysOf(from: string, until: string): string {
  const parts = [from === '' ? '' : `from ${from}`, until === '' ? '' : `until ${until}`];
  return parts.filter((it) => it !== '').join(' ') || 'of any day';
}
