/** All faults, by the name under which they are run. */
import { clock } from './clock.ts';
import { eio } from './eio.ts';
import { flips } from './flips.ts';
import { freeze } from './freeze.ts';
import { full } from './full.ts';
import type { Fault } from './harness/fault.ts';
import { kill } from './kill.ts';
import { power } from './power.ts';

export const FAULTS: readonly Fault[] = [kill, power, eio, full, flips, clock, freeze];
