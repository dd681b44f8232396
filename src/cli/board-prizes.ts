/** The prizes of a tournament, from a file: a JSON list of Prize messages, named as in the contract. */
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { type Prize, PrizeSchema } from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { messageOf } from '../runtime/thrown.ts';
import { EXIT, Refused } from './exit.ts';
import { readJson } from './json-file.ts';

/** A thousand times the longest list that the contract takes. */
const FILE_MAX_BYTES = 1024 * 1024;

const EXAMPLE = '[{"places": {"from_place": 1, "to_place": 1, "amount_cents": 50000}}]';

/** @throws UsageError for a file that cannot be read, Refused (65) that says which prize is none. */
export async function readPrizes(file: string): Promise<Prize[]> {
  const { name, data } = await readJson(file, { maxBytes: FILE_MAX_BYTES });
  if (!Array.isArray(data)) {
    throw new Refused(`${name} is no list of prizes: write it as ${EXAMPLE}`, EXIT.badData);
  }
  return data.map((it: JsonValue, index) => {
    const where = `${name}: prize ${index + 1}`;
    const prize = prizeIn(it, where);
    if (prize.prize.case !== undefined) return prize;
    throw new Refused(
      `${where} gives nothing: say places, percentile or pool, as in ${EXAMPLE}`,
      EXIT.badData,
    );
  });
}

function prizeIn(data: JsonValue, where: string): Prize {
  try {
    return fromJson(PrizeSchema, data);
  } catch (error) {
    throw new Refused(`${where} is none: ${messageOf(error)}; such as ${EXAMPLE}`, EXIT.badData);
  }
}
