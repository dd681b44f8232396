/** What money hangs on is done by one person and authorised by another. */

/** As people write their own name twice: what differs in case or spaces is one steward. */
export function isOneSteward(by: string, authorisedBy: string): boolean {
  return by.trim().toLowerCase() === authorisedBy.trim().toLowerCase();
}

export function needsAnother(steward: string): {
  readonly reason: 'needs-another-steward';
  readonly steward: string;
} {
  return { reason: 'needs-another-steward', steward };
}
