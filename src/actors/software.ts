/** Which program decided: recorded with every price, and printed on every report. */

/** As in package.json; a test keeps the two in step. */
export const SOFTWARE = 'furlong 0.3.0';
