/**
 * Rule sets by id: those of a catalogue and those that an operator brings as files.
 *
 * Invariant: an id is in a book once, and stands for one content.
 */
import { canonicalJson } from './canonical-json.ts';

/** A rule set as an operator brings it. */
export interface RuleFile {
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

export interface Booked<RuleSet> {
  readonly ruleSet: RuleSet;
  /** The name of the file that it came from; undefined for one of the catalogue. */
  readonly file: string | undefined;
}

export interface Book<RuleSet> {
  /** Undefined where no rule set has that id. */
  find(id: string): Booked<RuleSet> | undefined;
  /** By id. */
  readonly all: readonly Booked<RuleSet>[];
}

/** @throws RangeError naming the first file that is no rule set, or not one of its own, and why. */
export function createBook<RuleSet extends { readonly id: string }>({
  catalogue,
  files,
  validate,
}: {
  readonly catalogue: readonly RuleSet[];
  readonly files: readonly RuleFile[];
  /** @throws RangeError */
  readonly validate: (data: unknown) => RuleSet;
}): Book<RuleSet> {
  const booked = new Map<string, Booked<RuleSet>>(
    catalogue.map((it) => [it.id, { ruleSet: it, file: undefined }]),
  );
  for (const file of files) {
    const it = ruleSetIn(file, validate);
    const known = booked.get(it.id);
    if (known?.file !== undefined) {
      throw new RangeError(`${file.name}: ${it.id} is in ${known.file} already`);
    }
    if (known === undefined) booked.set(it.id, { ruleSet: it, file: file.name });
    else if (canonicalJson(known.ruleSet) !== canonicalJson(it)) {
      throw new RangeError(
        `${file.name}: ${it.id} is in the catalogue with another content, give it a new version`,
      );
    }
  }
  const all = [...booked.values()].sort((a, b) => (a.ruleSet.id < b.ruleSet.id ? -1 : 1));
  return { find: (id) => booked.get(id), all };
}

function ruleSetIn<RuleSet>(
  { name, text }: RuleFile,
  validate: (data: unknown) => RuleSet,
): RuleSet {
  try {
    return validate(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new RangeError(`${name} is not JSON: ${cause.message}`, { cause });
    }
    if (cause instanceof RangeError) throw new RangeError(`${name}: ${cause.message}`, { cause });
    throw cause;
  }
}
