// Drives a browser through the pages of a demonstration at PROVISO_AT, as people in their roles.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { start } from './browser.mjs';
import { judge } from './markup.mjs';
import { small } from './picture.mjs';

const pictures = process.env.PROVISO_PICTURES;
// Looked at with axe-core and html-validate, not taken.
const judging = process.argv.includes('--check');
const telling = process.argv.includes('--readme');
const views = [
  { name: 'light', width: 1280 },
  { name: 'dark', width: 1280, features: [{ name: 'prefers-color-scheme', value: 'dark' }] },
  { name: 'narrow', width: 320 },
  { name: 'forced', width: 1280, features: [{ name: 'forced-colors', value: 'active' }] },
  { name: 'print', width: 800, media: 'print' },
];
// The pages that the README shows, and where on the page its picture begins.
const shown = { decide: '#decision', 'record-active': 'body', 'desk-mine': 'body', 'report-sla': 'main h2' };

const driver = await start();
const browser = await driver.open(process.env.PROVISO_AT);
const go = (path) => browser.go(path);
const run = (script, ...given) => browser.run(script, ...given);
const press = (find) => browser.press(find);
const first = (find) => run(`return ${find}?.getAttribute('href')`);
async function signIn(name) {
  await browser.cdp('Network.clearBrowserCookies');
  await go('/sign-in?return=/');
  await press(`[...document.querySelectorAll('button')].find((one) => one.textContent.includes('${name}'))`);
}

const axe = judging ? readFileSync(`${process.env.PROVISO_TOOLS}/node_modules/axe-core/axe.min.js`, 'utf8') : '';
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const mistakes = judging ? judge() : undefined;
let pages = 0;
let violations = 0;
function complain(about, found) {
  violations += found.length;
  found.forEach((one) => console.error(`${about} ${one}`));
}

async function look(name, path) {
  await go(path);
  if (judging) complain(path, await mistakes(await browser.source()));
  await see(name, path);
}
// The answer to a form cannot be asked for again: its markup is the browser's reading of it.
async function lookAtAnswer(name, about) {
  // Which it writes out in a way of its own.
  const read = await run("return '<!DOCTYPE html>' + document.documentElement.outerHTML");
  if (judging) complain(about, await mistakes(read.replaceAll(/ (checked|selected)=""/g, ' $1')));
  await see(name, about);
}
async function see(name, about) {
  if (telling) {
    if (shown[name]) await showing(name);
    return;
  }
  pages += 1;
  for (const view of views) {
    await as(view);
    const wide = await run('return document.documentElement.scrollWidth');
    if (view.width === 320 && wide > 320) complain(about, [`at 320 px is ${wide} px wide`]);
    if (judging) await measure(about, view);
    else await picture(`${name}.${view.name}`);
  }
}
async function as({ media, features, width, height = 900 }) {
  await browser.cdp('Emulation.setEmulatedMedia', { media: media ?? '', features: features ?? [] });
  await browser.cdp('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
}
async function measure(about, view) {
  const found = await browser.ask('POST', '/execute/async', {
    script: `const done = arguments[1]; ${axe};
      axe.run(document, { runOnly: arguments[0] }).then((all) => done(all.violations.map((one) =>
        one.id + ': ' + one.help + ' at ' + one.nodes.map((node) => node.target.join(' ')).join(', '))));`,
    args: [tags],
  });
  complain(`${about} (${view.name})`, found);
}
async function picture(name) {
  const { data } = await browser.cdp('Page.captureScreenshot', { captureBeyondViewport: true });
  writeFileSync(`${pictures}/${name}.png`, Buffer.from(data, 'base64'));
}
async function showing(name) {
  await as({ width: 1000, height: 850 });
  await run('document.querySelector(arguments[0]).scrollIntoView()', shown[name]);
  const { data } = await browser.cdp('Page.captureScreenshot');
  writeFileSync(`docs/pictures/${name}.png`, small(Buffer.from(data, 'base64')));
}

// A record in this state, by its number.
async function record(state) {
  await go(`/exceptions?state=${state}`);
  return run("return document.querySelector('tbody a')?.textContent");
}

async function asNobody() {
  await go('/sign-in');
  await look('sign-in', '/sign-in');
  await press("document.querySelector('main form button')");
  await lookAtAnswer('sign-in-wrong', '/sign-in, refused');
  await look('not-found', '/no-such-page');
  await look('problem', '/problems/wrong_state');
  await look('letter-void', '/decide/no-such-link');
  await look('unsubscribe-void', '/unsubscribe/no-such-link');
}

async function asGovernance() {
  await signIn('Gita Governance');
  await look('list', '/exceptions');
  await look('list-wrong', '/exceptions?region=EU');
  await look('list-empty', '/exceptions?q=nothing-is-called-so');
  for (const state of ['active', 'decision', 'suspended', 'rejected', 'returned', 'expired']) {
    const number = await record(state);
    if (number) await look(`record-${state}`, `/exceptions/${number}`);
  }
  const active = await record('active');
  await look('record-files', `/exceptions/${active}/files`);
  await look('versions', `/exceptions/${active}/versions`);
  for (const form of ['nydfs-500', 'pci-dss-ccw', 'sr-11-7', 'iso-42001', 'eu-ai-act']) await look(`form-${form}`, `/exceptions/${active}/forms/${form}`);
  await look('form-list', '/forms/sr-11-7?state=active');
  await look('form-list-wrong', '/forms/sr-11-7?region=EU');
  for (const verb of ['comment', 'suspend', 'assign', 'remind', 'revoke']) await look(`do-${verb}`, `/exceptions/${active}/do/${verb}`);
  for (const report of ['kpi', 'trends', 'sla', 'funnel', 'variants', 'workload', 'hotspots', 'approvers', 'expiring']) {
    await look(`report-${report}`, `/reports/${report}`);
  }
  for (const state of ['open', 'confirmed']) await look(`changes-${state}`, `/changes?state=${state}`);
  await go('/changes?state=confirmed');
  const change = await first("document.querySelector('tbody a')");
  if (change) await look('change', change);
  for (const page of ['concerns', 'batches', 'ratification', 'absence', 'incidents', 'incidents/report']) await look(page.replace('/', '-'), `/${page}`);
  await lookAtFirst('incident', '/incidents', 'tbody a');
  await asReaderOfTheRegister();
  await look('sops', '/sops');
  await look('sop', '/sops/standard');
  await look('ledger', '/ledger');
  await look('ledger-proof', `/ledger?number=${active}`);
  await look('mailbox', '/dev/mailbox');
  await together();
  await go('/dev/mailbox');
  const letter = await first("document.querySelector('.tasks a')");
  if (letter) await look('letter', letter);
  await look('password', '/password');
}

async function lookAtFirst(name, list, find) {
  await go(list);
  const there = await first(`document.querySelector('${find}')`);
  if (there) await look(name, there);
}

async function asReaderOfTheRegister() {
  for (const part of ['policies', 'regulations', 'systems']) {
    await look(`register-${part}`, `/register?part=${part}`);
    await lookAtFirst(`register-${part}-one`, `/register?part=${part}`, 'tbody a');
  }
  await look('register-empty', '/register?q=nothing-is-called-so');
  for (const one of ['policies/AIP-2', 'systems/company-assistant']) await look(`register-publish-${one.split('/')[0]}`, `/register/${one}/do/publish`);
}

async function asAdmin() {
  await signIn('Adam Admin');
  for (const page of ['', '/jobs', '/jobs/forget', '/automation', '/outbox', '/webhooks', '/webhooks/add', '/connectors', '/health']) {
    await look(`admin${page.replaceAll('/', '-')}`, `/admin${page}`);
  }
  await lookAtFirst('admin-outbox-letter', '/admin/outbox', 'tbody a');
  await go('/admin/automation');
  await press("document.querySelector('main form button')");
  await lookAtAnswer('admin-automation-wrong', '/admin/automation, refused');
  await go('/admin/automation');
  await run("document.querySelector('#scope').value = 'channel:webhooks'; document.querySelector('#reason').value = 'First we look.'");
  await press("document.querySelector('main form button')");
  await look('admin-automation-halted', '/admin/automation');
  await go('/admin/webhooks/add');
  await run(`document.querySelector('#url').value = 'https://hooks.example.org/proviso';
    document.querySelector('#description').value = 'The gateway'; document.querySelector('#kind').checked = true`);
  await press("document.querySelector('main form button')");
  await lookAtAnswer('admin-webhook-secret', '/admin/webhooks/add, answered');
  await go('/admin/webhooks');
  const endpoint = await first("document.querySelector('tbody a')");
  await go(endpoint);
  await press("[...document.querySelectorAll('main form button')].find((one) => one.form.action.endsWith('/test'))");
  await look('admin-webhook', endpoint);
}

// Where the browser is.
const here = () => run('return location.pathname + location.search');
// Types into fields of the form on the page: texts, choices of a list and ticks, by their ids.
const fill = (fields) => run(`for (const [id, value] of Object.entries(arguments[0])) {
  const field = document.getElementById(id);
  if (field.type === 'checkbox' || field.type === 'radio') field.checked = value; else field.value = value;
}`, fields);
const send = () => press("document.querySelector('main form button.button')");

async function asAdministrator() {
  await signIn('Adam Admin');
  await look('home-admin', '/');
  await look('people', '/admin/people');
  await look('people-none', '/admin/people?q=nobody-is-called-so');
  await look('people-wrong', '/admin/people?state=elsewhere');
  await look('person-new', '/admin/people/new');
  await send();
  await lookAtAnswer('person-new-wrong', '/admin/people/new, refused');
  const [carla, rita] = [await account('carla'), await account('rita')];
  for (const verb of ['grant_role', 'remove_role', 'update_person', 'move_person', 'set_absence', 'set_password', 'merge_person', 'leave_person']) {
    await look(`person-${verb}`, `${carla}/do/${verb}`);
  }
  await send();
  await look('person-left', await here());
  await go(`${rita}/do/grant_role`);
  await send();
  await lookAtAnswer('person-grant-wrong', `${rita}/do/grant_role, refused`);
  await fill({ role: 'cro', domain: 'eu/retail' });
  await send();
  await look('person-waits', await here());
  await go(`${rita}/do/set_password`);
  await send();
  await lookAtAnswer('person-password', `${rita}/do/set_password, done`);
  await look('roles', '/admin/roles');
  await look('roles-there', '/admin/roles?domain=eu/retail');
  await look('roles-wrong', '/admin/roles?domain=Not+A+Path');
  await look('tokens-of', `/admin/tokens?person=${rita.split('/').at(-1)}`);
}
// The way to somebody's account.
async function account(name) {
  await go(`/admin/people?q=${name}`);
  return first("document.querySelector('tbody a')");
}

async function asOwnersOfRights() {
  await signIn('Boris Businessowner');
  await look('delegation-new', '/admin/delegations/new');
  await send();
  await lookAtAnswer('delegation-new-wrong', '/admin/delegations/new, refused');
  const soon = new Date(Date.now() + 30 * 86_400_000);
  const to = await run("return document.querySelector('#to option:nth-child(3)').value");
  await fill({ to, ends: soon.getDate(), 'ends-month': soon.getMonth() + 1, 'ends-year': soon.getFullYear() });
  await send();
  await look('delegations', await here());
  await look('delegations-over', '/admin/delegations?state=over');
  await go('/');
  await look('person-own', await first("[...document.querySelectorAll('main a')].find((one) => one.href.includes('/admin/people/'))"));
  await look('tokens-none', '/admin/tokens');
  await look('token-new', '/admin/tokens/new');
  await send();
  await lookAtAnswer('token-new-wrong', '/admin/tokens/new, refused');
  await fill({ name: 'Release pipeline', scopes: true, expires_at: soon.getDate(), 'expires_at-month': soon.getMonth() + 1, 'expires_at-year': soon.getFullYear() });
  await send();
  await lookAtAnswer('token-issued', '/admin/tokens/new, issued');
  await look('tokens', '/admin/tokens');
}

// Several tasks ticked on the desk, asked for, refused and done.
async function together() {
  await look('desk-governance', '/desk?tab=waiting');
  for (const verb of ['assign', 'remind']) {
    await go('/desk?tab=waiting');
    await run("[...document.querySelectorAll('[form=together]')].slice(0, 3).forEach((box) => box.click())");
    await press(`document.querySelector('#together button[value=${verb}]')`);
    const address = await run('return location.pathname + location.search');
    await look(`together-${verb}`, address);
    await press("document.querySelector('main form button')");
    await lookAtAnswer(`together-${verb}-answer`, `${address}, sent`);
  }
  await look('together-none', '/desk/together?do=assign');
}

// A dossier on which nobody has decided, and Boris, Carla and Lena may.
async function undecided() {
  await signIn('Gita Governance');
  const read = async (path) => (await browser.fetched(path)).json();
  const { items } = await read('/v1/exceptions?state=decision&limit=100');
  for (const { id, tier } of items) {
    const { round } = await read(`/v1/exceptions/${id}`);
    if (['low', 'moderate'].includes(tier) && round?.approvals.length === 0) return `/exceptions/${id}/decide`;
  }
  return undefined;
}

// An approver sees what another approver's condition changed, and whose approval it dismissed.
async function since() {
  const there = await undecided();
  if (!there) return;
  await signIn('Lena Legal');
  await go(there);
  for (const [who, decision] of [['Boris Businessowner', 'approve'], ['Carla Ciso', 'approve_with_conditions']]) {
    await signIn(who);
    await go(there);
    await run(`document.querySelectorAll('[name=acknowledged]:not(:checked)').forEach((box) => box.click());
      for (const [name, text] of [['departure', 'Weighed.'], ['conditions', 'No customer names in prompts']])
        document.querySelector('#' + name).value = text;`);
    await press(`document.querySelector('button[value=${decision}]')`);
  }
  await signIn('Lena Legal');
  await look('decide-since', there);
  await look('record-since', await first("document.querySelector('.back')"));
  await signIn('Carla Ciso');
  const suspended = await record('suspended');
  if (suspended) await look('resume', `/exceptions/${suspended}/decide`);
}

async function asThoseWhoWork() {
  await signIn('Rosa Reviewer');
  await look('home', '/');
  for (const tab of ['mine', 'waiting', 'decided', 'fix']) await look(`desk-${tab}`, `/desk?tab=${tab}`);
  for (const [who, work] of [['Sam Security', 'assess'], ['Boris Businessowner', 'decide']]) {
    await signIn(who);
    await go('/desk');
    const there = await first(`[...document.querySelectorAll('tbody a.button')].find((one) => one.href.includes('/${work}'))`);
    if (!there) continue;
    await look(work, there);
    if (work === 'assess') await press("document.querySelector('main form button')");
    else await press("document.querySelector('button[value=reject]')");
    await lookAtAnswer(`${work}-wrong`, `${there}, refused`);
  }
  await since();
}

async function asRequester() {
  await signIn('Rita Requester');
  await look('request', '/request');
  await go('/exceptions?requester=me&state=completeness_review');
  const sent = await run("return document.querySelector('tbody a')?.textContent");
  if (sent) await look('request-submitted', `/request/${sent}/submitted`);
  await go('/request');
  await press("document.querySelector('main form button')");
  const number = await run("return location.pathname.split('/')[2]");
  for (const step of ['what', 'clauses', 'why', 'system', 'where', 'how-long', 'controls', 'people', 'screening', 'own']) {
    await look(`request-${step}`, `/request/${number}/${step}`);
  }
  await look('request-files', `/request/${number}/files`);
  await press("document.querySelector('main form button')");
  await lookAtAnswer('request-files-refused', `/request/${number}/files, refused`);
  await look('request-check', `/request/${number}`);
  await press("[...document.querySelectorAll('main form button')].at(-1)");
  await lookAtAnswer('request-refused', `/request/${number}, refused`);
}

try {
  if (telling) mkdirSync('docs/pictures', { recursive: true });
  else if (!judging) mkdirSync(pictures, { recursive: true });
  await asNobody();
  await asGovernance();
  await asThoseWhoWork();
  await asRequester();
  await asAdmin();
  await asOwnersOfRights();
  await asAdministrator();
} finally {
  await browser.close();
  driver.stop();
}
if (judging) console.log(`${pages} pages and states in ${views.length} views: ${violations} violations`);
if (violations) process.exitCode = 1;
