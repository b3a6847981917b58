// Drives Chromium (W3C WebDriver) through the pages of a demonstration at PROVISO_AT, as people in their roles.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const at = process.env.PROVISO_AT;
const pictures = process.env.PROVISO_PICTURES;
const judging = process.argv.includes('--axe');
const views = [
  { name: 'light', width: 1280 },
  { name: 'dark', width: 1280, features: [{ name: 'prefers-color-scheme', value: 'dark' }] },
  { name: 'narrow', width: 320 },
  { name: 'forced', width: 1280, features: [{ name: 'forced-colors', value: 'active' }] },
  { name: 'print', width: 800, media: 'print' },
];

const driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((found) => {
  createInterface({ input: driver.stdout }).on('line', (line) => {
    const told = line.match(/successfully on port (\d+)/);
    if (told) found(told[1]);
  });
});
const root = `http://127.0.0.1:${port}/session`;
async function ask(method, path, body) {
  const reply = await fetch(root + path, { method, body: body && JSON.stringify(body) });
  const { value } = await reply.json();
  if (!reply.ok) throw new Error(`${path}: ${value.message}`);
  return value;
}
const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'];
const wanted = { browserName: 'chrome', 'goog:chromeOptions': { binary: '/usr/bin/chromium', args } };
const session = await ask('POST', '', { capabilities: { alwaysMatch: wanted } });
const here = `/${session.sessionId}`;
const go = (path) => ask('POST', `${here}/url`, { url: at + path });
const run = (script, ...given) => ask('POST', `${here}/execute/sync`, { script, args: given });
const cdp = (cmd, params) => ask('POST', `${here}/goog/cdp/execute`, { cmd, params });

// Presses what matches, and waits for the page that comes of it.
async function press(find) {
  const before = await run('window.before = true; return location.href');
  await run(`(${find}).click()`);
  for (let tries = 0; tries < 200; tries++) {
    if (await run("return !window.before && document.readyState === 'complete'")) return;
    await new Promise((later) => setTimeout(later, 25));
  }
  throw new Error(`nothing came of ${find} at ${before}`);
}
async function signIn(name) {
  await cdp('Network.clearBrowserCookies', {});
  await go('/sign-in?return=/');
  await press(`[...document.querySelectorAll('button')].find((one) => one.textContent.includes('${name}'))`);
}

const axe = judging ? readFileSync(`${process.env.PROVISO_TOOLS}/node_modules/axe-core/axe.min.js`, 'utf8') : '';
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let violations = 0;
async function look(name, path) {
  await go(path);
  for (const view of views) {
    await cdp('Emulation.setEmulatedMedia', { media: view.media ?? '', features: view.features ?? [] });
    const size = { width: view.width, height: 900, deviceScaleFactor: 1, mobile: false };
    await cdp('Emulation.setDeviceMetricsOverride', size);
    const wide = await run('return document.documentElement.scrollWidth');
    if (view.width === 320 && wide > 320) {
      violations += 1;
      console.error(`${path} at 320 px is ${wide} px wide`);
    }
    if (judging) await judge(path, view);
    else await picture(`${name}.${view.name}`);
  }
}
async function judge(path, view) {
  const found = await ask('POST', `${here}/execute/async`, {
    script: `const done = arguments[1]; ${axe};
      axe.run(document, { runOnly: arguments[0] }).then((all) => done(all.violations.map((one) =>
        one.id + ': ' + one.help + ' at ' + one.nodes.map((node) => node.target.join(' ')).join(', '))));`,
    args: [tags],
  });
  violations += found.length;
  found.forEach((one) => console.error(`${path} (${view.name}) ${one}`));
}
async function picture(name) {
  const { data } = await cdp('Page.captureScreenshot', { captureBeyondViewport: true });
  writeFileSync(`${pictures}/${name}.png`, Buffer.from(data, 'base64'));
}

// A record in this state, by its number.
async function record(state) {
  await go(`/exceptions?state=${state}`);
  return run("return document.querySelector('tbody a')?.textContent");
}

try {
  if (!judging) mkdirSync(pictures, { recursive: true });
  await go('/sign-in');
  await look('sign-in', '/sign-in');
  await look('not-found', '/no-such-page');
  await look('problem', '/problems/wrong_state');
  await signIn('Gita Governance');
  await look('list', '/exceptions');
  await look('list-wrong', '/exceptions?region=EU');
  for (const state of ['active', 'decision', 'suspended', 'rejected', 'returned']) {
    const number = await record(state);
    if (number) await look(`record-${state}`, `/exceptions/${number}`);
  }
  const active = await record('active');
  await look('versions', `/exceptions/${active}/versions`);
  for (const verb of ['comment', 'suspend', 'assign', 'revoke']) await look(`do-${verb}`, `/exceptions/${active}/do/${verb}`);
  for (const report of ['kpi', 'trends', 'sla', 'funnel', 'workload', 'expiring']) await look(`report-${report}`, `/reports/${report}`);
  for (const state of ['open', 'confirmed']) await look(`changes-${state}`, `/changes?state=${state}`);
  await go('/changes?state=confirmed');
  const change = await run("return document.querySelector('tbody a')?.getAttribute('href')");
  if (change) await look('change', change);
  await look('sops', '/sops');
  await look('sop', '/sops/standard');
  await look('ledger', '/ledger');
  await look('ledger-proof', `/ledger?number=${active}`);
  await look('mailbox', '/dev/mailbox');
  await signIn('Rosa Reviewer');
  await look('home', '/');
  for (const tab of ['mine', 'waiting', 'decided', 'fix']) await look(`desk-${tab}`, `/desk?tab=${tab}`);
  for (const [who, work] of [['Sam Security', 'assess'], ['Boris Businessowner', 'decide']]) {
    await signIn(who);
    await go('/desk');
    const there = await run(`return [...document.querySelectorAll('tbody a.button')].find((one) => one.href.includes('/${work}'))?.getAttribute('href')`);
    if (there) await look(work, there);
  }
  await signIn('Rita Requester');
  await look('request', '/request');
  await go('/request');
  await press("document.querySelector('main form button')");
  const number = await run("return location.pathname.split('/')[2]");
  for (const step of ['what', 'clauses', 'why', 'system', 'where', 'how-long', 'controls', 'people', 'screening', 'own']) {
    await look(`request-${step}`, `/request/${number}/${step}`);
  }
  await look('request-check', `/request/${number}`);
} finally {
  await ask('DELETE', here).catch(() => {});
  driver.kill();
}
if (violations) {
  console.error(`${violations} violations`);
  process.exitCode = 1;
}
