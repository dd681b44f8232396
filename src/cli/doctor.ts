/** `furlong doctor`: what keeps a data directory safe, looked at from outside. */
import { existsSync } from 'node:fs';
import { examine, type Finding } from '../backup/doctor.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { type Style, tableLines } from './output.ts';
import { optionalText, type Verb } from './verb.ts';

const STYLES: Readonly<Record<Finding['verdict'], Style>> = {
  right: 'green',
  look: 'yellow',
  wrong: 'red',
};

export const doctor: Verb = {
  name: 'doctor',
  about:
    'look at disk, files, lock, logs and last backup of a data directory; 65 where something is wrong',
  options: [
    {
      flags: '--data <dir>',
      about: 'the data directory; a server may have it open (FURLONG_DATA)',
    },
    { flags: '--backups <dir>', about: 'where furlong backup writes to' },
  ],
  examples: [
    'furlong doctor --data data --backups /mnt/backups/furlong',
    'furlong doctor --data data --json',
  ],
  async run(input, { config, output, clock }) {
    const dir = config.data;
    if (dir === undefined) throw new UsageError('say which directory: --data DIR');
    if (!existsSync(dir)) throw new Refused(`${dir} is not there`);
    const findings = examine(dir, { backups: optionalText(input, 'backups'), nowMs: clock.now() });
    const ok = findings.every(({ verdict }) => verdict !== 'wrong');
    output.show({
      json: () => ({ ok, findings: findings.map((it) => ({ ...it })) }),
      human: () =>
        tableLines(
          [{ title: 'what' }, { title: 'is' }, { title: '' }],
          findings.map(({ what, verdict, says }) => [
            what,
            output.style(STYLES[verdict], verdict),
            says,
          ]),
          output.style,
        ),
    });
    return ok ? EXIT.ok : EXIT.badData;
  },
};
