/** Which language the page speaks, and how its figures are written. */
import { en } from './en.ts';
import { fr } from './fr.ts';
import type { Messages } from './messages.ts';

const CATALOGUES: Readonly<Record<string, Messages>> = { en, fr };

export interface Choice {
  /** With the region where the viewer named one: it decides how figures and times are written. */
  readonly locale: string;
  readonly language: string;
  readonly messages: Messages;
}

/**
 * @param asked From the address; it goes before what the browser would like.
 * @param liked What the browser would like, best first.
 */
export function chooseLanguage(asked: string | undefined, liked: readonly string[]): Choice {
  for (const locale of asked === undefined ? liked : [asked, ...liked]) {
    const language = locale.toLowerCase().split('-')[0] ?? '';
    const messages = Object.hasOwn(CATALOGUES, language) ? CATALOGUES[language] : undefined;
    if (!messages) continue;
    return { locale: regional(locale, language, liked), language, messages };
  }
  return { locale: 'en', language: 'en', messages: en };
}

/** `fr` from the address is `fr-CH` to a browser that lives there. */
function regional(locale: string, language: string, liked: readonly string[]): string {
  const own = liked.find((it) => it.toLowerCase().startsWith(`${language}-`));
  const wanted = locale.includes('-') ? locale : (own ?? locale);
  return isLocale(wanted) ? wanted : language;
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

export const languages: readonly (readonly [code: string, name: string])[] = Object.entries(
  CATALOGUES,
).map(([code, { language }]) => [code, language]);
