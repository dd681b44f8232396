/**
 * `furlong race`: what stewards do to races. Reading them is in race-card.ts, what their pools can be
 * declared with in rules.ts.
 */
import { readFileSync } from 'node:fs';
import { fromJsonString } from '@bufbuild/protobuf';
import type { Client } from '../client/client.ts';
import {
  DeclareRaceRequestSchema,
  InquiryKind,
  type Race,
  RaceSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import { messageOf } from '../runtime/thrown.ts';
import { secondOf, secondOption } from './authorisation.ts';
import { EXIT, UsageError } from './exit.ts';
import { messageJson } from './output.ts';
import { list, raceLines, show } from './race-card.ts';
import {
  parseId,
  parseOneOf,
  parseOrder,
  parseRunner,
  parseRunners,
  parseWhole,
} from './values.ts';
import {
  ADDRESS,
  type Argument,
  actorOf,
  type Input,
  type Option,
  optionalText,
  STEWARD,
  takenAt,
  textOf,
  type Verb,
} from './verb.ts';

const RACE: Argument = { name: '<race>', about: 'id of the race' };
const POOL: Argument = { name: '<pool>', about: 'one of the pools of the race, such as win' };
const ORDER: Argument = {
  name: '<order>',
  about: 'places from the first: 3=10/2/7 (= is a dead heat: 2 is then the third)',
};
const WHY: Option = { flags: '--why <reason>', about: 'for the record' };
const MUST_WHY: Option = { ...WHY, required: true };
const SECOND_STEWARD = secondOption('steward');
const DID_NOT_FINISH: Option = {
  flags: '--did-not-finish <runners>',
  about: 'ran and did not arrive, such as 4,7: needed where fewer arrived than places pay',
};
const INQUIRY_KINDS: Readonly<Record<string, InquiryKind>> = {
  inquiry: InquiryKind.INQUIRY,
  objection: InquiryKind.OBJECTION,
  photo: InquiryKind.PHOTO,
};
/** Nine digits: far more than a race ever opens, and all of them fit the contract's number. */
const INQUIRY_ID_MAX = 999_999_999;

type Racing = Client['racing'];
type Answer = Promise<{ readonly race?: Race | undefined }>;

/** A verb that changes one race and shows it afterwards. */
function change(
  name: string,
  about: string,
  more: {
    readonly takes?: readonly Argument[];
    readonly options?: readonly Option[];
    readonly examples?: readonly string[];
  },
  /** Reads its own part of the input at once: a bad value must not wait for a server. */
  prepare: (input: Input) => (racing: Racing, who: { raceId: string; steward: string }) => Answer,
): Verb {
  return {
    name: `race ${name}`,
    about,
    takes: [RACE, ...(more.takes ?? [])],
    options: [...(more.options ?? []), STEWARD, ADDRESS],
    ...(more.examples === undefined ? {} : { examples: more.examples }),
    async run(input, { connect, output }) {
      const raceId = parseId(takenAt(input, 0), '<race>');
      const steward = actorOf(input, 'steward');
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

function resultOf(input: Input) {
  const order = parseOrder(takenAt(input, 1), '<order>').map((runners) => ({ runners }));
  const fallen = optionalText(input, 'didNotFinish');
  const didNotFinish = fallen === undefined ? [] : parseRunners(fallen, '--did-not-finish');
  return { order, didNotFinish };
}

function authorisationOf(input: Input) {
  return { authorisedBy: secondOf(input, 'steward'), why: textOf(input, 'why') };
}

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
    const problem = messageOf(error);
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
    { options: [WHY] },
    (input) => (racing, who) => racing.openRace({ ...who, why: whyOf(input) }),
  ),
  change(
    'suspend',
    'take no bets for a while',
    { options: [WHY] },
    (input) => (racing, who) => racing.suspendRace({ ...who, why: whyOf(input) }),
  ),
  change(
    'scratch',
    'withdraw a runner, for good, and give back the bets on it; until a result is entered',
    {
      takes: [{ name: '<runner>', about: 'its number; it cannot come back' }],
      options: [WHY],
      examples: ['furlong race scratch sha-tin-r6 15 --why lame --steward jo'],
    },
    (input) => {
      const runner = parseRunner(takenAt(input, 1), '<runner>');
      return (racing, who) => racing.scratchRunner({ ...who, runner, why: whyOf(input) });
    },
  ),
  change(
    'surface',
    'record that the race is moved to another surface, until its result is official',
    { options: [WHY], examples: ['furlong race surface sha-tin-r6 --why "off the turf"'] },
    (input) => (racing, who) => racing.changeSurface({ ...who, why: whyOf(input) }),
  ),
  change(
    'close',
    'stop the betting',
    {
      options: [
        WHY,
        {
          flags: '--source <switch>',
          about:
            'the switch or system that gave it, such as starter or link-lost (default steward)',
        },
      ],
      examples: ['furlong race close sha-tin-r6 --source stewards-stand --why off'],
    },
    (input) => (racing, who) => {
      const source = optionalText(input, 'source') ?? '';
      return racing.closeRace({ ...who, why: whyOf(input), source });
    },
  ),
  change(
    'run',
    'record that the field is past the post and the result is awaited',
    { options: [WHY] },
    (input) => (racing, who) => racing.recordRun({ ...who, why: whyOf(input) }),
  ),
  change(
    'result',
    'enter the order of arrival, or correct it before it is official',
    {
      takes: [ORDER],
      options: [DID_NOT_FINISH, WHY],
      examples: ['furlong race result sha-tin-r6 3=10/2/7 --steward jo'],
    },
    (input) => {
      const result = resultOf(input);
      return (racing, who) => racing.enterResult({ ...who, ...result, why: whyOf(input) });
    },
  ),
  change(
    'open-inquiry',
    'hold the result up: an inquiry, an objection or a look at the photograph',
    {
      takes: [{ name: '<kind>', about: 'inquiry, objection or photo' }],
      options: [
        MUST_WHY,
        {
          flags: '--runners <runners>',
          about: 'whom it is about, such as 3,10 (default: the race)',
        },
      ],
      examples: ['furlong race open-inquiry sha-tin-r6 objection --runners 3,10 --why crossing'],
    },
    (input) => {
      const kind = parseOneOf(takenAt(input, 1), '<kind>', INQUIRY_KINDS);
      const named = optionalText(input, 'runners');
      const runners = named === undefined ? [] : parseRunners(named, '--runners');
      return (racing, who) =>
        racing.openInquiry({ ...who, kind, runners, why: textOf(input, 'why') });
    },
  ),
  change(
    'close-inquiry',
    'close an inquiry with its ruling; after the last the result is provisional again',
    {
      takes: [{ name: '<inquiry>', about: 'its number, as race show has it' }],
      options: [{ flags: '--ruling <text>', about: 'what was decided', required: true }],
      examples: ['furlong race close-inquiry sha-tin-r6 1 --ruling "no action"'],
    },
    (input) => {
      const inquiryId = parseWhole(takenAt(input, 1), '<inquiry>', [1, INQUIRY_ID_MAX]);
      const ruling = textOf(input, 'ruling');
      return (racing, who) => racing.closeInquiry({ ...who, inquiryId, ruling });
    },
  ),
  change(
    'official',
    'make the result final: pools are priced and paid',
    { options: [WHY] },
    (input) => (racing, who) => racing.makeOfficial({ ...who, why: whyOf(input) }),
  ),
  change(
    'correct',
    'change an official result: pools are priced again and tickets settled again',
    {
      takes: [ORDER],
      options: [DID_NOT_FINISH, SECOND_STEWARD, MUST_WHY],
      examples: [
        'furlong race correct sha-tin-r6 10/3/2 --steward jo --authorised-by kim --why "photo misread"',
      ],
    },
    (input) => {
      const result = resultOf(input);
      const authorisation = authorisationOf(input);
      return (racing, who) => racing.correctResult({ ...who, ...result, ...authorisation });
    },
  ),
  change(
    'authorise',
    'let a pool be priced from its tickets though its totals disagreed at the close',
    {
      takes: [POOL],
      options: [MUST_WHY],
      examples: ['furlong race authorise sha-tin-r6 win --why "recount checked by hand"'],
    },
    (input) => {
      const poolId = parseId(takenAt(input, 1), '<pool>');
      return (racing, who) => racing.authorisePool({ ...who, poolId, why: textOf(input, 'why') });
    },
  ),
  change(
    'remove-source',
    'take the bets of one source out of a pool, give them back, and price the pool again',
    {
      takes: [POOL, { name: '<source>', about: 'the channel that sold them, such as online' }],
      options: [
        SECOND_STEWARD,
        MUST_WHY,
        { flags: '--evidence <text>', about: 'what proves it, or where that is', required: true },
      ],
      examples: [
        'furlong race remove-source sha-tin-r6 win kiosk --steward jo --authorised-by kim --why "totals lost" --evidence "incident 12"',
      ],
    },
    (input) => {
      const poolId = parseId(takenAt(input, 1), '<pool>');
      const source = takenAt(input, 2);
      const authorisation = authorisationOf(input);
      const evidence = textOf(input, 'evidence');
      return (racing, who) =>
        racing.removeSource({ ...who, poolId, source, ...authorisation, evidence });
    },
  ),
  change(
    'void',
    'call the race off and give the stakes back; not once it was official',
    { options: [MUST_WHY] },
    (input) => (racing, who) => racing.voidRace({ ...who, why: whyOf(input) }),
  ),
];
