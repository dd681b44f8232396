/** Where the page begins: the address, the language, one connection, one clock. */
import { render } from 'preact';
import { readAddress } from './address.ts';
import { createAnnouncer } from './announcer.ts';
import { App } from './app.tsx';
import { openConnection } from './connection.ts';
import { createFormat } from './format.ts';
import { openLive } from './live.ts';
import { chooseLanguage } from './messages/choose.ts';
import { type Page, PageContext } from './page.ts';
import { createServerClock } from './server-clock.ts';
import { tellChanges } from './tell-changes.ts';

const address = readAddress(location.search);
const { locale, language, messages } = chooseLanguage(address.lang, navigator.languages);
document.documentElement.lang = language;
document.title = messages.pageTitle;

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const connection = openConnection(`${scheme}://${location.host}/connection/websocket`);
const clock = createServerClock();
const live = openLive(connection, clock, address);
const page: Page = { live, clock, format: createFormat(locale), messages, language };
const announcer = createAnnouncer();
tellChanges(page, announcer);

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element named page');
render(
  <PageContext.Provider value={page}>
    <App announcer={announcer} />
  </PageContext.Provider>,
  root,
);
