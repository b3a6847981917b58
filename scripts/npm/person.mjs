// Somebody at a keyboard, without a mouse. Counts what they do: an input is a text typed, a choice made, an address
// entered, a button pressed or a link followed; keys are all of these and each press of Tab or of an arrow.
import assert from 'node:assert/strict';

const password = 'try proviso today';
// More places than any page has.
const most = 400;

const fits = (label, wanted) => (wanted instanceof RegExp ? wanted.test(label) : label === wanted);

export class Person {
  inputs = 0;
  keys = 0;
  constructor(browser, name) {
    Object.assign(this, { browser, name });
  }
  close() {
    return this.browser.close();
  }
  text() {
    return this.browser.text();
  }
  async reads(words) {
    const text = await this.text();
    assert.ok(text.includes(words), `${this.name} does not read “${words}” in:\n${text}`);
  }
  // The same, as soon as the page says so.
  async waits(words) {
    const said = async () => (await this.text()).includes(words) || (await this.browser.again(), false);
    await this.browser.until(said, `${this.name} reads “${words}”`);
  }
  async visit(path) {
    this.inputs += 1;
    await this.browser.go(path);
    await this.toContent();
  }
  // The skip link leads past what every page begins with.
  async toContent() {
    await this.to('Skip to the content');
    await this.strike('Enter');
  }
  async strike(key) {
    this.keys += 1;
    await this.browser.key(key);
  }
  // Moves on until the keyboard is where something is called so.
  async to(wanted, ...roles) {
    const heard = [];
    for (let moves = 0; moves < most; moves++) {
      await this.strike('Tab');
      const { role, label } = await this.browser.focus();
      if (fits(label, wanted) && (roles.length === 0 || roles.includes(role))) return;
      if (heard.length > 1 && label === heard[0]) break;
      heard.push(label);
    }
    assert.fail(`${this.name} finds no ${wanted} among: ${heard.join(' | ')}\n${await this.text()}`);
  }
  async write(label, text) {
    await this.to(label, 'textbox', 'searchbox');
    this.inputs += 1;
    this.keys += 1;
    await this.browser.strike(...text);
  }
  async tick(label) {
    await this.to(label, 'checkbox');
    this.inputs += 1;
    await this.strike('Space');
  }
  // Goes to the next question with such answers, and by the arrows to the answer.
  async choose(label) {
    await this.to(/./, 'radio');
    this.inputs += 1;
    for (let key = 'Space', moves = 0; moves < 20; key = 'Down', moves++) {
      await this.strike(key);
      if (fits((await this.browser.focus()).label, label)) return;
    }
    assert.fail(`${this.name} finds no answer ${label}`);
  }
  // The newest letter about it, as soon as it is there, opened.
  async letter(number) {
    await this.follow('Read the letters');
    await this.browser.until(async () => (await this.text()).includes(number) || (await this.browser.again(), false), `a letter about ${number}`);
    await this.follow(new RegExp(number));
  }
  async leave(what) {
    this.inputs += 1;
    await this.browser.leaving(what, () => this.strike('Enter'));
  }
  async follow(label) {
    await this.to(label, 'link');
    await this.leave(label);
  }
  async send(label) {
    await this.to(label, 'button');
    await this.leave(label);
  }
  async signIn() {
    this.inputs += 1;
    await this.browser.go('/');
    await this.write('E-mail address', `${this.name}@example.com`);
    await this.write('Password', password);
    await this.leave('signing in');
    await this.reads('Hello, ');
  }
}
