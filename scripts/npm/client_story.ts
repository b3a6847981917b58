// A request from draft to active through the client generated for TypeScript.
import * as api from './client';

const at = process.env.PROVISO_AT!;
const password = 'try proviso today';

// Whoever may assess: the person, and the points they give for each criterion of the procedure.
const assessors: Record<string, { who: string; body: api.AssessBody }> = {
  'assess:privacy': {
    who: 'priya',
    body: { dimension: 'privacy', points: { sensitivity: 1, volume: 1, legal_basis: 1, transfer: 1 } },
  },
  'assess:security': {
    who: 'sam',
    body: { dimension: 'security', points: { exposure: 1, data_loss: 1, integration: 1, vendor_assurance: 1 } },
  },
};

function check(holds: boolean, what: unknown): void {
  if (!holds) throw new Error(JSON.stringify(what));
}

/** A configuration in somebody's session. */
async function signedIn(name: string): Promise<api.Configuration> {
  const anonymous = new api.Configuration({ basePath: at, headers: { Origin: at } });
  const signIn = { email: `${name}@example.com`, password };
  const answer = await new api.SessionsApi(anonymous).createSessionRaw({ signIn });
  const cookie = answer.raw.headers.getSetCookie().find((one) => one.startsWith('proviso='))!.split(';')[0];
  return new api.Configuration({ basePath: at, headers: { Origin: at, Cookie: cookie } });
}

/** A request that the procedure `standard` finds complete. */
const request: api.Request = {
  title: 'Summaries of support tickets by a hosted model',
  kind: 'ai_usage',
  clauses: ['AIP-2.1'],
  justification:
    'Agents read four hundred tickets a day in nine languages; summaries halve the time to the first answer, ' +
    'which is eleven hours today.',
  alternatives:
    'The approved assistant was tried for two weeks; it cuts off after a page and does not know two of our languages.',
  scope: {
    systems: [{ name: 'Example LLM', vendor: 'Example Corp' }],
    purpose: 'Summaries for the agent who answers the ticket',
    dataClasses: ['internal'],
    groups: ['support-agents'],
    actions: ['summarise'],
    businessUnit: 'service',
    regions: ['eu'],
  },
  durationDays: 90,
  impactIfDenied: 'Answers stay slow; customers wait a day longer.',
  affectedTeams: ['support'],
  screening: {
    harmful_manipulation: false,
    emotion_inference: false,
    social_scoring: false,
    biometric_categorisation: false,
  },
};

/** Who asked does not decide: a problem with a stable code. */
async function refusedTo(who: api.Configuration, id: string, dossier: string): Promise<string> {
  try {
    await new api.CommandsApi(who).approveException({ id, approveBody: { dossier } });
  } catch (refused) {
    if (refused instanceof api.ResponseError) return api.ProblemFromJSON(await refused.response.json()).code;
    throw refused;
  }
  throw new Error('the requester approved');
}

async function main(): Promise<void> {
  const [rita, rosa, boris, carla] = await Promise.all(['rita', 'rosa', 'boris', 'carla'].map(signedIn));
  const { number: id } = await new api.ExceptionsApi(rita).draftException({ request });
  const submitted = await new api.CommandsApi(rita).submitException({ id, idempotencyKey: `submit-${id}` });
  check(submitted.state === 'completeness_review', submitted);
  await new api.CommandsApi(rosa).passException({ id });
  for (const { key } of (await new api.ExceptionsApi(rosa).listExceptionTasks({ id })).items) {
    const { who, body } = assessors[key];
    await new api.CommandsApi(await signedIn(who)).assessException({ id, assessBody: body });
  }
  const { hash: dossier } = await new api.ExceptionsApi(boris).getDossier({ id });
  check((await refusedTo(rita, id, dossier)) !== '', 'a problem without a code');
  const approve = async (who: api.Configuration) =>
    (await new api.CommandsApi(who).approveException({ id, approveBody: { dossier } })).state;
  const states = [await approve(boris), await approve(carla)];
  check(states[0] === 'decision' && states[1] === 'active', states);
  const found = await new api.ExceptionsApi(rita).listExceptions({ state: 'active', q: 'tickets' });
  check(found.items.some((row) => row.number === id), found);
  console.log(`TypeScript: ${id} is ${states[1]}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
