/**
 * Rows that change places under the eyes of whoever reads them: the focused one keeps its focus
 * (a browser without `moveBefore`, which Preact uses where it is, takes it from an element that is
 * moved), and they slide instead of jumping, unless the viewer would rather have no motion.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const SLIDE_MS = 350;

/** For the `tbody` whose rows carry `data-key`; at most one control of a row takes focus. */
export function useSteadyRows(): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null);
  // While a component renders its rows still stand where they were drawn last.
  const focused = focusedRow(body.current);
  const tops = topsOf(body.current);
  useLayoutEffect(() => {
    if (focused !== undefined && focusedRow(body.current) === undefined) {
      const row = rowsOf(body.current).find(({ dataset }) => dataset.key === focused);
      row?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
    }
    for (const row of rowsOf(body.current)) {
      const top = tops.get(row.dataset.key ?? '');
      if (top !== undefined && top !== row.offsetTop) slide(row, top - row.offsetTop);
    }
  });
  return body;
}

function rowsOf(body: HTMLTableSectionElement | null): HTMLTableRowElement[] {
  return body ? [...body.rows] : [];
}

function focusedRow(body: HTMLTableSectionElement | null): string | undefined {
  const row = document.activeElement?.closest('tr');
  return row && body?.contains(row) ? row.dataset.key : undefined;
}

function topsOf(body: HTMLTableSectionElement | null): ReadonlyMap<string, number> {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return new Map();
  return new Map(rowsOf(body).map((row) => [row.dataset.key ?? '', row.offsetTop]));
}

function slide(row: HTMLElement, fromPx: number): void {
  const frames = [{ transform: `translateY(${fromPx}px)` }, { transform: 'none' }];
  row.animate(frames, { duration: SLIDE_MS, easing: 'cubic-bezier(0.2, 0.7, 0.2, 1)' });
}
