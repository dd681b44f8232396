// Debian's packages without installing them: apt, with its lists and archives under .tools, works
// out and fetches what is missing here, and dpkg-deb unpacks it beside the system instead of in it.
// No root is needed and the system is only read.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { toolsDir } from './bootstrap.mjs';
import { capture, say, tail } from './processes.mjs';

const debianDir = join(toolsDir, 'debian');
const treeDir = join(debianDir, 'root');
const aptDir = join(debianDir, 'apt');
const archivesDir = join(aptDir, 'archives');
const aptConf = join(aptDir, 'apt.conf');
const binDir = join(toolsDir, 'bin');

const APT_TIMEOUT_MS = 5 * 60_000;
const PROOF_TIMEOUT_MS = 60_000;

/** Read after the system's own settings: sources and keys stay the system's, all state is ours. */
const APT_CONF = `
Dir::State "${aptDir}";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "${aptDir}";
Debug::NoLocking "true";
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
`;

/** Only the families named: the symlinks Debian's own configuration needs are made on install. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <match target="pattern">
    <test qual="all" name="family" compare="not_eq"><string>serif</string></test>
    <test qual="all" name="family" compare="not_eq"><string>monospace</string></test>
    <edit name="family" mode="append_last"><string>sans-serif</string></edit>
  </match>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family><family>DejaVu Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Liberation Sans</family><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>Liberation Serif</family><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Liberation Mono</family><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>Arial</family><family>Helvetica</family><prefer><family>Liberation Sans</family></prefer></alias>
</fontconfig>
`;

const NATS_SERVER_WRAPPER = `#!/bin/sh
# nats-server as unpacked from Debian's package.
exec "$(dirname "$0")/../debian/root/usr/sbin/nats-server" "$@"
`;

/** Debian's go is found by links that hold in the unpacked tree; it must be told where that begins. */
const GO_WRAPPER = `#!/bin/sh
# go as unpacked from Debian's packages.
debian="$(cd "$(dirname "$0")/../debian" && pwd)"
export GOROOT="$debian/root/usr/lib/go"
exec "$debian/root/usr/lib/go/bin/go" "$@"
`;

/** The loader prefers the unpacked libraries; pulseaudio keeps a private one in a directory of its own. */
const CHROMIUM_WRAPPER = `#!/bin/sh
# Chromium as unpacked from Debian's packages, with the libraries and fonts that came with it.
debian="$(cd "$(dirname "$0")/../debian" && pwd)"
for dir in "$debian"/root/usr/lib/chromium "$debian"/root/usr/lib/*-linux-gnu* "$debian"/root/lib/*-linux-gnu* "$debian"/root/usr/lib/*-linux-gnu*/pulseaudio; do
  [ -d "$dir" ] && LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$dir"
done
export LD_LIBRARY_PATH
export FONTCONFIG_FILE="$debian/fonts.conf"
export XDG_CACHE_HOME="$debian/cache"
exec "$debian/root/usr/lib/chromium/chromium" "$@"
`;

/** Any other program as unpacked from its package, with the libraries that came with it. */
const programWrapper = (path) => `#!/bin/sh
debian="$(cd "$(dirname "$0")/../debian" && pwd)"
for dir in "$debian"/root/usr/lib/*-linux-gnu* "$debian"/root/lib/*-linux-gnu*; do
  [ -d "$dir" ] && LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$dir"
done
export LD_LIBRARY_PATH
exec "$debian/root${path}" "$@"
`;

/** Each resolves to undefined, the program being in .tools/bin, or to why it could not be had. */
export async function natsServerFromDebian() {
  const problem = await unpack('nats-server');
  if (problem) return problem;
  const unproved = wrap('nats-server.unproved', NATS_SERVER_WRAPPER);
  const { code, output } = await capture(unproved, ['--version']);
  if (code !== 0) return `Debian's nats-server does not run here (${tail(output, 1)})`;
  renameSync(unproved, join(binDir, 'nats-server'));
}

export async function goFromDebian() {
  const problem = await unpack('golang-go');
  if (problem) return problem;
  const unproved = wrap('go.unproved', GO_WRAPPER);
  // Its own packages too: a root that is wrong shows with the first that is looked for.
  const { code, output } = await capture(unproved, ['list', 'crypto/ed25519']);
  if (code !== 0) return `Debian's go does not run here (${tail(output, 1)})`;
  renameSync(unproved, join(binDir, 'go'));
}

export async function chromiumFromDebian() {
  const problem = await unpack('chromium', 'fonts-liberation', 'fonts-dejavu-core');
  if (problem) return problem;
  writeFileSync(join(debianDir, 'fonts.conf'), FONTS_CONF);
  const unproved = wrap('chromium.unproved', CHROMIUM_WRAPPER);
  const proof = await proveChromium(unproved);
  if (proof) return proof;
  renameSync(unproved, join(binDir, 'chromium'));
}

/** @param path Of the program in its package; asked for its version, with `flag`, as the proof. */
export async function programFromDebian(packageName, name, path, flag) {
  const problem = await unpack(packageName);
  if (problem) return problem;
  const unproved = wrap(`${name}.unproved`, programWrapper(path));
  const { code, output } = await capture(unproved, [flag]);
  if (code !== 0) return `Debian's ${name} does not run here (${tail(output, 1)})`;
  renameSync(unproved, join(binDir, name));
}

/** A library for LD_PRELOAD, found in the unpacked tree by the end of its path. */
export async function libraryFromDebian(packageName, name) {
  const problem = await unpack(packageName);
  if (problem) return problem;
  const found = libraryIn(treeDir, name);
  return found ? undefined : `Debian's ${packageName} has no ${name}`;
}

/** On this machine, or unpacked; undefined where it is neither. */
export function findLibrary(name) {
  return libraryIn('/', name) ?? libraryIn(treeDir, name);
}

function libraryIn(tree, name) {
  const dir = join(tree, 'usr', 'lib');
  if (!existsSync(dir)) return undefined;
  const families = readdirSync(dir).filter((it) => it.endsWith('-linux-gnu'));
  return families.map((it) => join(dir, it, name)).find((it) => existsSync(it));
}

function wrap(name, script) {
  const path = join(binDir, name);
  mkdirSync(binDir, { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** A browser that starts but lacks a library fails at its first page, so it is asked for one. */
async function proveChromium(path) {
  const profile = join(debianDir, 'profile');
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'];
  const { output } = await capture(
    path,
    [...flags, `--user-data-dir=${profile}`, '--dump-dom', 'data:text/html,<p>at the post</p>'],
    { timeoutMs: PROOF_TIMEOUT_MS },
  );
  rmSync(profile, { recursive: true, force: true });
  if (!output.includes('<p>at the post</p>')) {
    return `Debian's chromium does not run here (${tail(output, 1)})`;
  }
}

let turn = Promise.resolve();
let updated = false;

/** One at a time: two apt runs would share one cache. */
function unpack(...packages) {
  turn = turn.then(() => unpackNow(packages));
  return turn;
}

async function unpackNow(packages) {
  if (!existsSync('/var/lib/dpkg/status') || !existsSync('/usr/bin/apt-get')) {
    return 'this is not Debian with apt';
  }
  say(`fetching ${packages[0]} and what it needs from Debian`);
  mkdirSync(join(aptDir, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(archivesDir, 'partial'), { recursive: true });
  writeFileSync(aptConf, APT_CONF);
  // One source of several may be out of reach and the package still be had, so only the fetch counts.
  if (!updated) await apt('update');
  updated = true;
  const fetched = await apt('install', '--download-only', ...packages);
  if (fetched.code !== 0) return `apt-get could not fetch it (${tail(fetched.output, 1)})`;

  mkdirSync(treeDir, { recursive: true });
  for (const file of readdirSync(archivesDir).filter((name) => name.endsWith('.deb'))) {
    const archive = join(archivesDir, file);
    const { code, output } = await capture('dpkg-deb', ['-x', archive, treeDir]);
    if (code !== 0) return `dpkg-deb could not unpack ${file} (${tail(output, 1)})`;
    rmSync(archive);
  }
}

function apt(...args) {
  const env = { ...process.env, LC_ALL: 'C' };
  return capture('apt-get', ['-c', aptConf, '-q', ...args], { env, timeoutMs: APT_TIMEOUT_MS });
}
