/** All faults, by the name under which they are run. */
import type { Fault } from './harness/fault.ts';
import { kill } from './kill.ts';

export const FAULTS: readonly Fault[] = [kill];
