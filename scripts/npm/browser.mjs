// Browsers without a window, driven as the standard says (W3C WebDriver), each with a profile of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const element = 'element-6066-11e4-a52e-4f735466cecf';
const keys = { Tab: '\uE004', Enter: '\uE007', Space: ' ', Down: '\uE015' };
const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
  '--no-first-run', '--disable-background-networking', '--lang=en'];

// Starts the driver that all browsers of this process share.
export async function start() {
  const driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((found, failed) => {
    driver.on('error', failed);
    createInterface({ input: driver.stdout }).on('line', (line) => {
      const told = line.match(/successfully on port (\d+)/);
      if (told) found(told[1]);
    });
  });
  const root = `http://127.0.0.1:${port}/session`;
  return { open: (at, options) => Browser.open(root, at, options), stop: () => driver.kill() };
}

async function ask(url, method, body) {
  const reply = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(`${method} ${url}: ${value.message}`), { code: value.error });
  return value;
}

// Asks until it is so, for ten seconds at most.
async function soon(asked, what) {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) if (await asked()) return;
  throw new Error(`it did not happen: ${what}`);
}

export class Browser {
  static async open(root, at, { scripts = true } = {}) {
    const prefs = scripts ? {} : { 'profile.managed_default_content_settings.javascript': 2 };
    const options = { binary: '/usr/bin/chromium', args: flags, prefs };
    const wanted = { browserName: 'chrome', 'goog:chromeOptions': options };
    const { sessionId } = await ask(root, 'POST', { capabilities: { alwaysMatch: wanted } });
    return new Browser(`${root}/${sessionId}`, at);
  }
  constructor(here, at) {
    Object.assign(this, { here, at });
  }
  ask(method, path, body) {
    return ask(this.here + path, method, body);
  }
  go(path) {
    return this.ask('POST', '/url', { url: new URL(path, this.at).href });
  }
  // What a script says that the driver runs in the page, whatever the page itself may run.
  run(script, ...args) {
    return this.ask('POST', '/execute/sync', { script, args });
  }
  cdp(cmd, params = {}) {
    return this.ask('POST', '/goog/cdp/execute', { cmd, params });
  }
  // The page as it is sent, before a browser mends it.
  async source() {
    return (await this.fetched(await this.ask('GET', '/url'))).text();
  }
  // What is at an address, for whoever is signed in here.
  async fetched(address) {
    const { cookies } = await this.cdp('Network.getCookies');
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    return fetch(new URL(address, this.at), { headers: { cookie } });
  }
  async page() {
    return (await this.ask('POST', '/element', { using: 'css selector', value: 'html' }))[element];
  }
  // What stands on the page.
  async text() {
    return this.ask('GET', `/element/${await this.page()}/text`);
  }
  // Does what leads to another page, and waits until that is there.
  async leaving(what, act) {
    const before = await this.page();
    await act();
    const gone = () => this.ask('GET', `/element/${before}/name`).then(() => false, () => true);
    await soon(gone, what);
    await this.page();
  }
  // Presses what a script finds, and waits for the page that comes of it.
  press(find) {
    return this.leaving(find, () => this.run(`(${find}).click()`));
  }
  async strike(...struck) {
    const actions = struck.flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
    await this.ask('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }
  key(name) {
    return this.strike(keys[name]);
  }
  // Where the keyboard is: what it is and what it is called, as assistive technology hears it.
  async focus() {
    const here = `/element/${(await this.ask('GET', '/element/active'))[element]}`;
    const [role, label] = await Promise.all(['computedrole', 'computedlabel'].map((one) => this.ask('GET', `${here}/${one}`)));
    return { role, label };
  }
  again() {
    return this.ask('POST', '/refresh', {});
  }
  until(asked, what) {
    return soon(asked, what);
  }
  close() {
    return this.ask('DELETE', '').catch(() => {});
  }
}
