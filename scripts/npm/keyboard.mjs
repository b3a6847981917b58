// One exception from the start page to its end by keyboard alone: different people, each in a browser of their own,
// where pages may run scripts and where they may not, while the demonstration's clock is moved on. Whatever is asserted
// is what they read and hear.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person } from './person.mjs';
import { start } from './browser.mjs';

const at = process.env.PROVISO_AT;
const limits = { request: 60, decision: 12 };
let driver;
before(async () => {
  driver = await start();
});
after(() => driver.stop());

async function as(name, scripts, act) {
  const person = new Person(await driver.open(at, { scripts }), name);
  try {
    return await act(person);
  } finally {
    await person.close();
  }
}

// Fills in the pages of a request one after the other, as somebody who knows what they want.
async function ask(rita, title) {
  await rita.signIn();
  await rita.follow('New request');
  await rita.send('Start now');
  await rita.reads('What is it about?');
  await rita.write('Title', title);
  await rita.choose('Use of an AI tool');
  await rita.send('Save and continue');
  await rita.reads('Which clauses does it deviate from?');
  await rita.tick(/^AIP-2\.1 /);
  await rita.send('Save and continue');
  await rita.reads('Why is it needed?');
  await rita.write('Why does the business need it?', 'Agents read four hundred tickets a day in nine languages; summaries halve the time to the first answer.');
  await rita.write('What else was considered?', 'The approved assistant was tried for two weeks; it does not know two of our languages.');
  await rita.write('What happens if it is denied?', 'Answers stay slow; customers wait a day longer.');
  await rita.send('Save and continue');
  await rita.reads('What will be used, and with what data?');
  await rita.write('System 1: name', 'Example LLM');
  await rita.write('What is it used for?', 'Summaries for the agent who answers the ticket');
  await rita.tick('Internal');
  await rita.send('Save and continue');
  await rita.reads('Where, and by whom?');
  await rita.write('Business unit', 'service');
  await rita.write('Regions', 'eu');
  await rita.write('Groups that may use it', 'support-agents');
  await rita.write('Actions that are covered', 'summarise');
  await rita.send('Save and continue');
  await rita.reads('For how long?');
  await rita.write('For how many days?', '90');
  await rita.send('Save and continue');
  for (const optional of ['What will you do against the risks?', 'Who else has a part in it?']) {
    await rita.reads(optional);
    await rita.send('Save and continue');
  }
  await rita.reads('Some questions that are asked of everybody');
  for (let question = 0; question < 4; question++) await rita.choose('No');
  await rita.send('Save and see all answers');
  await rita.reads('Check your answers');
  await rita.send('Submit the request');
  await rita.reads('Request submitted');
  return (await rita.text()).match(/EX-\d{4}-\d{6}/)[0];
}

// Looks the work up on the desk and does it.
async function review(rosa, number) {
  await rosa.signIn();
  await rosa.follow('Desk');
  await rosa.follow(`Review for completeness ${number}`);
  await rosa.follow('Pass as complete');
  await rosa.send('Pass as complete');
  await rosa.reads('Risk assessment');
}

async function assess(assessor, number, dimension) {
  await assessor.signIn();
  await assessor.visit(`/exceptions/${number}/assess?dimension=${dimension}`);
  for (let criterion = 0; criterion < 4; criterion++) await assessor.choose(/^1(:|$)/);
  await assessor.send('Give this assessment');
}

// From an opened letter to the decision, of which the record says so.
async function decide(approver, number, said) {
  await approver.signIn();
  await approver.letter(number);
  const keys = approver.keys;
  await approver.toContent();
  await approver.follow(/\/decide$/);
  await approver.reads(number);
  await approver.toContent();
  await approver.send('Approve');
  await approver.reads(said);
  return approver.keys - keys;
}

// From the start page to a decision by two people, each from their own letter.
async function begin(t, scripts) {
  const title = `Summaries of support tickets ${scripts ? 'here' : 'there'}`;
  const number = await as('rita', scripts, async (rita) => {
    const given = await ask(rita, title);
    t.diagnostic(`from the start page to ${given}: ${rita.inputs} inputs, ${rita.keys} keys with those that only move`);
    assert.ok(rita.inputs < limits.request, `${rita.inputs} inputs`);
    return given;
  });
  await as('rosa', scripts, (rosa) => review(rosa, number));
  await as('priya', scripts, (priya) => assess(priya, number, 'privacy'));
  await as('sam', scripts, (sam) => assess(sam, number, 'security'));
  for (const [name, said] of [['boris', 'Stands'], ['carla', 'In effect until']]) {
    await as(name, scripts, async (approver) => {
      const keys = await decide(approver, number, said);
      t.diagnostic(`${name}, from the letter to the decision: ${keys} keys`);
      assert.ok(keys <= limits.decision, `${keys} keys`);
    });
  }
  await as('rita', scripts, async (rita) => {
    await rita.signIn();
    await rita.visit(`/exceptions/${number}`);
    await rita.reads('In effect until');
    await rita.reads(title);
  });
  return number;
}

// Two people say yes to what is open, the second one of whom makes it so.
async function agreed(scripts, number, said) {
  for (const [name, read] of [['boris', 'Stands'], ['carla', said]]) {
    await as(name, scripts, async (approver) => {
      await approver.signIn();
      await approver.visit(`/exceptions/${number}/decide`);
      await approver.send('Approve');
      await approver.reads(read);
    });
  }
}

// So many days pass for the whole demonstration.
async function pass(days) {
  const moved = await fetch(new URL('/dev/clock', at), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ days }),
  });
  assert.equal(moved.status, 200);
  return new Date((await moved.json()).now);
}

// Somebody opens the record, and it comes to say this by itself.
async function becomes(scripts, number, said) {
  await as('gita', scripts, async (gita) => {
    await gita.signIn();
    await gita.visit(`/exceptions/${number}`);
    await gita.waits(said);
  });
}

async function extend(rita, number, end) {
  await rita.signIn();
  await rita.visit(`/exceptions/${number}`);
  await rita.follow('Ask for an extension');
  await rita.write('Day', String(end.getUTCDate()));
  await rita.write('Month', String(end.getUTCMonth() + 1));
  await rita.write('Year', String(end.getUTCFullYear()));
  await rita.write('Why', 'The approved assistant still does not know two of our languages.');
  await rita.send('Ask for an extension');
  await rita.reads('Extension');
}

async function suspend(gita, number) {
  await gita.signIn();
  await gita.visit(`/exceptions/${number}`);
  await gita.follow('Suspend');
  await gita.write('Cause, as a code', 'incident');
  await gita.send('Suspend');
  await gita.reads('Suspended');
}

async function resume(boris, number) {
  await boris.signIn();
  await boris.visit(`/exceptions/${number}`);
  await boris.follow('Approve resumption');
  await boris.write('Why may it have effect again?', 'What happened was mended, and tried for a week.');
  await boris.send('Approve resumption');
  await boris.reads('Stands');
}

// What its procedure asks before anybody confirms it; nobody was named who monitors it.
async function attest(gita, number) {
  await gita.visit(`/exceptions/${number}`);
  await gita.follow('Attest');
  await gita.choose('Yes');
  await gita.choose('Yes');
  await gita.write('What did you observe?', 'Twenty summaries were read; none told more than its ticket.');
  await gita.send('Attest');
  await gita.reads('Done: Attest');
}

// After an incident the scores are looked at again too.
async function confirm(sam, number) {
  await sam.signIn();
  await sam.visit(`/exceptions/${number}`);
  await sam.follow('Confirm an assessment');
  await sam.choose('Security');
  await sam.send('Confirm an assessment');
  await sam.reads('Done: Confirm an assessment');
}

for (const scripts of [true, false]) {
  test(`a life by keyboard, ${scripts ? 'with' : 'without'} scripts`, async (t) => {
    const number = await begin(t, scripts);
    const now = await pass(1);
    await as('rita', scripts, (rita) => extend(rita, number, new Date(now.getTime() + 255 * 86_400_000)));
    await agreed(scripts, number, 'In effect until');
    await as('gita', scripts, async (gita) => {
      await suspend(gita, number);
      await attest(gita, number);
    });
    await as('sam', scripts, (sam) => confirm(sam, number));
    await as('boris', scripts, (boris) => resume(boris, number));
    await as('carla', scripts, async (carla) => {
      await carla.signIn();
      await carla.visit(`/exceptions/${number}/decide`);
      await carla.send('Approve');
      await carla.reads('In effect until');
    });
    await pass(182);
    await becomes(scripts, number, 'Re-review');
    await as('gita', scripts, async (gita) => {
      await gita.signIn();
      await attest(gita, number);
    });
    await agreed(scripts, number, 'In effect until');
    await pass(90);
    await becomes(scripts, number, 'Expired');
  });
}
