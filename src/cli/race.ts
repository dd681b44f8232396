/** `furlong race`: what stewards do to races. Reading them is in race-card.ts. */
import { readFileSync } from 'node:fs';
import { fromJsonString } from '@bufbuild/protobuf';
import type { Client } from '../client/client.ts';
import {
  DeclareRaceRequestSchema,
  type Race,
  RaceSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import { EXIT, UsageError } from './exit.ts';
import { messageJson } from './output.ts';
import { list, raceLines, show } from './race-card.ts';
import { parseId, parseOrder, parseRunner, parseRunners } from './values.ts';
import {
  ADDRESS,
  type Argument,
  type Input,
  type Option,
  optionalText,
  STEWARD,
  takenAt,
  type Verb,
} from './verb.ts';

const RACE: Argument = { name: '<race>', about: 'id of the race' };
const WHY: Option = { flags: '--why <reason>', about: 'for the record' };

type Racing = Client['racing'];
type Answer = Promise<{ readonly race?: Race | undefined }>;

/** A verb that changes one race and shows it afterwards. */
function change(
  name: string,
  about: string,
  more: { readonly takes?: readonly Argument[]; readonly options?: readonly Option[] },
  /** Reads its own part of the input at once: a bad value must not wait for a server. */
  prepare: (input: Input) => (racing: Racing, who: { raceId: string; steward: string }) => Answer,
): Verb {
  return {
    name: `race ${name}`,
    about,
    takes: [RACE, ...(more.takes ?? [])],
    options: [...(more.options ?? []), STEWARD, ADDRESS],
    async run(input, { connect, output }) {
      const raceId = parseId(takenAt(input, 0), '<race>');
      const steward = optionalText(input, 'steward') ?? 'cli';
      const call = prepare(input);
      const { racing } = connect();
      const { race } = await call(racing, { raceId, steward });
      if (!race) throw new Error('the server answered without a race');
      output.show({
        json: () => messageJson(RaceSchema, race),
        human: () => raceLines(race, output),
      });
      return EXIT.ok;
    },
  };
}

const whyOf = (input: Input): string => optionalText(input, 'why') ?? '';

const declare: Verb = {
  name: 'race declare',
  about: 'declare the race that a JSON file describes (a DeclareRaceRequest)',
  takes: [{ name: '<file>', about: 'JSON, named as in the contract' }],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const request = readDeclaration(takenAt(input, 0));
    const { racing } = connect();
    const { race } = await racing.declareRace(request);
    if (!race) throw new Error('the server answered without a race');
    output.show({
      json: () => messageJson(RaceSchema, race),
      human: () => raceLines(race, output),
    });
    return EXIT.ok;
  },
};

function readDeclaration(path: string) {
  try {
    return fromJsonString(DeclareRaceRequestSchema, readFileSync(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} is not a race: ${problem}`);
  }
}

export const raceVerbs: readonly Verb[] = [
  list,
  show,
  declare,
  change(
    'open',
    'open a declared race, or a suspended one again',
    {},
    () => (racing, who) => racing.openRace(who),
  ),
  change(
    'suspend',
    'take no bets for a while',
    { options: [WHY] },
    (input) => (racing, who) => racing.suspendRace({ ...who, why: whyOf(input) }),
  ),
  change(
    'scratch',
    'withdraw a runner and give back the bets on it',
    { takes: [{ name: '<runner>', about: 'its number' }], options: [WHY] },
    (input) => {
      const runner = parseRunner(takenAt(input, 1), '<runner>');
      return (racing, who) => racing.scratchRunner({ ...who, runner, why: whyOf(input) });
    },
  ),
  change(
    'close',
    'stop the betting',
    { options: [WHY] },
    (input) => (racing, who) => racing.closeRace({ ...who, why: whyOf(input) }),
  ),
  change(
    'result',
    'enter the order of arrival, or correct it',
    {
      takes: [{ name: '<order>', about: 'places from the first: 3=10/2/7 (= is a dead heat)' }],
      options: [
        {
          flags: '--did-not-finish <runners>',
          about: 'ran and did not arrive, such as 4,7: needed where fewer arrived than places pay',
        },
      ],
    },
    (input) => {
      const order = parseOrder(takenAt(input, 1), '<order>').map((runners) => ({ runners }));
      const fallen = optionalText(input, 'didNotFinish');
      const didNotFinish = fallen === undefined ? [] : parseRunners(fallen, '--did-not-finish');
      return (racing, who) => racing.enterResult({ ...who, order, didNotFinish });
    },
  ),
  change(
    'official',
    'make the result final: pools are priced and paid',
    {},
    () => (racing, who) => racing.makeOfficial(who),
  ),
  change(
    'void',
    'call the race off and give the stakes back',
    { options: [{ ...WHY, required: true }] },
    (input) => (racing, who) => racing.voidRace({ ...who, why: whyOf(input) }),
  ),
];
