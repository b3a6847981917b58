//! What is there before anything is measured: the demonstration's people, exceptions that wait for two
//! approvals, and many drafts. All of it goes through the door, many commands under way at once.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use proviso::{
    app::{App, Guest, Timing, seed as demonstration},
    clock::Clock,
    config::Config,
    desk::{Answer, Asked, Desk, Pending},
    domain::{
        command::{Approve, Assess, Command},
        person::{By, Door},
        request::{Request, Scope, System, Term, Time},
        roster::{AutomationAction, RosterAction, RosterCommand},
    },
    store::{ClockTrust, reports::behind, roster::Secrets},
    words::{ChangeId, DataClass, Dimension, ExceptionId, Hash, Kind, Opening, PersonId, Sealer},
};

use crate::Plan;

/// Commands under way at once; the service itself has as many as it has clients.
const UNDER_WAY: usize = 1_000;
/// How long ago what is to have ended was decided, and for how long.
const AGE: Duration = Duration::from_hours(30 * 24);
/// Longer than the demonstration's history and that.
const BEFORE: Duration = Duration::from_hours(800 * 24);
const LIFE: Duration = Duration::from_hours(20 * 24);
/// One of so many drafts is filed on behalf of Ben, who sees nothing else.
const BENS: usize = 2_000;
/// One of so many drafts comes from the unit that files few.
const RARE: usize = 1_000;
const UNITS: [&str; 10] =
    ["service", "sales", "payments", "claims", "research", "legal", "people", "logistics", "platform", "treasury"];
const REGIONS: [&str; 5] = ["eu", "us", "apac", "latam", "mea"];
/// The unit that files few.
pub(crate) const RARE_UNIT: &str = "archive";

/// One approval to give.
#[derive(Debug)]
pub(crate) struct Approval {
    pub(crate) exception: ExceptionId,
    pub(crate) dossier: Hash,
    /// Is it for the other approver to give?
    pub(crate) second: bool,
    by: PersonId,
}

impl Approval {
    /// Gives it at the door, without HTTP.
    pub(crate) fn give(&self, desk: &Desk) -> Result<()> {
        let approve = Approve {
            dossier: self.dossier,
            on_behalf_of: None,
            delegation: None,
            conditions: Vec::new(),
            acknowledged: BTreeSet::new(),
            departure: None,
            reason: None,
        };
        let command = Command::Approve(Box::new(approve));
        desk.act(self.exception, asked(desk, self.by, command, Vec::new()))?.wait()?;
        Ok(())
    }
}

/// What is there.
#[derive(Debug)]
pub(crate) struct Seeded {
    pub(crate) app: App,
    pub(crate) approvals: Vec<Approval>,
    /// Some exceptions, to be read one by one.
    pub(crate) reads: Vec<ExceptionId>,
    /// How long it took.
    pub(crate) story: String,
}

/// Fills an empty database.
pub(crate) fn seed(plan: &Plan, folder: &Path) -> Result<Seeded> {
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let overrides = [
        set("database.url", &plan.database),
        // Whoever brings it into effect has letters delivered, which belong to no folder here.
        set("mail.transport", "none"),
        set("attachments.path", &folder.join("attachments").to_string_lossy()),
        set("writer.queue", "4096"),
        set("writer.batch", "500"),
    ];
    let timing = Timing::system()?;
    // What is to have ended was decided a month ago, as far as anybody can tell.
    let aged = || Timing { clock: Clock::behind(BEFORE), trust: ClockTrust::Moved, ..timing.clone() };
    let timing = if plan.due { aged() } else { timing.clone() };
    let app = App::open(Config::load(None, std::iter::empty(), &overrides)?, timing)?;
    let guests = demonstration(&app)?;
    // A clock that can be moved was moved on by the year of the demonstration.
    app.desk().clock().set(Clock::system().now() - AGE);
    let ends = plan.due.then(|| app.desk().clock().now() + LIFE);
    let company = Company { desk: app.desk().clone(), sop: app.config().sop.default.clone(), guests, ends };
    let begun = Instant::now();
    let drafts = company.draft_all(plan)?;
    let drafted = begun.elapsed();
    let (waiting, _) = drafts.split_at(plan.undecided);
    let dossiers = company.bring_to_decision(waiting)?;
    let story = format!(
        "seeded through the door: {} drafts in {:.1} s, {} of them brought to decision in {:.1} s",
        drafts.len(),
        drafted.as_secs_f64(),
        dossiers.len(),
        begun.elapsed().saturating_sub(drafted).as_secs_f64(),
    );
    let approvals = company.approvals(&dossiers)?;
    settle(&app)?;
    if plan.due {
        company.pause_the_clock()?;
    }
    Ok(Seeded { app, approvals, reads: drafts.into_iter().step_by(97).collect(), story })
}

/// Lets the clock's jobs come to rest, so that what is measured is not what they make up for; and what all this told
/// people counts as told.
fn settle(app: &App) -> Result<()> {
    let now = app.desk().clock().now();
    app.desk().store().write(move |tx| tx.delivered_before(now))?.blocking_recv()??;
    while app.desk().store().read(behind)? > 0 {
        app.jobs()?.run_once(app.desk().clock().now());
    }
    Ok(())
}

/// The people at work.
struct Company {
    desk: Desk,
    sop: String,
    guests: Vec<Guest>,
    /// When all of it ends, where it is to end at one instant.
    ends: Option<Time>,
}

impl Company {
    fn who(&self, first: &str) -> Result<PersonId> {
        let found = self.guests.iter().find(|guest| guest.name.starts_with(first));
        found.map(|guest| guest.id).with_context(|| format!("nobody is called {first}"))
    }

    fn draft_all(&self, plan: &Plan) -> Result<Vec<ExceptionId>> {
        let (rita, ben, boris) = (self.who("Rita")?, self.who("Ben ")?, self.who("Boris")?);
        let drafts = (0..plan.exceptions).map(|n| {
            let spread = n >= plan.undecided;
            let (mut request, openings) = self.sealed(|sealer| request(sealer, n, spread))?;
            request.sponsor = Some(boris);
            request.scope.people = BTreeSet::from([rita]);
            request.term = self.ends.map_or(request.term, |end| Some(Term::Until(end)));
            request.beneficiary = (spread && n.is_multiple_of(BENS)).then_some(ben);
            Ok(self.desk.draft(&self.sop, asked(&self.desk, rita, request, openings))?)
        });
        pipelined(drafts, |answer| Ok(answer.exception.id))
    }

    fn bring_to_decision(&self, drafts: &[ExceptionId]) -> Result<Vec<(ExceptionId, Hash)>> {
        let step = |who: PersonId, command: Command| {
            let asks = drafts
                .iter()
                .map(move |id| Ok(self.desk.act(*id, asked(&self.desk, who, command.clone(), Vec::new()))?));
            pipelined(asks, Ok)
        };
        step(self.who("Rita")?, Command::Submit)?;
        step(self.who("Rosa")?, Command::Pass { note: None })?;
        let decided = step(self.who("Sam")?, Command::Assess(Box::new(self.assessment()?)))?;
        let dossier = |answer: &Answer| {
            let round = answer
                .exception
                .state
                .round()
                .with_context(|| format!("{} awaits no decision", answer.exception.number));
            Ok((answer.exception.id, round?.dossier))
        };
        decided.iter().map(dossier).collect()
    }

    /// A security assessment that makes it a low tier.
    fn assessment(&self) -> Result<Assess> {
        let sop = self.desk.laws().sops.newest(&self.sop).context("no such procedure")?;
        let dimensions = sop.document().steps.assessment.dimensions.iter();
        let criteria =
            dimensions.filter(|rules| rules.dimension == Dimension::Security).flat_map(|rules| &rules.criteria);
        let points: BTreeMap<String, u32> = criteria.map(|criterion| (criterion.id.clone(), 1)).collect();
        Ok(Assess { dimension: Dimension::Security, points, findings: Vec::new(), override_tier: None })
    }

    /// Lets nothing end before somebody lets it.
    fn pause_the_clock(&self) -> Result<()> {
        let (reason, openings) = self.sealed(|sealer| sealer.seal("reason", "First everything is put in place"))?;
        let scope = "job:settle".parse()?;
        let action = RosterAction::Automation(AutomationAction::HaltAutomation { scope, reason });
        let change = ChangeId(self.desk.random().uuid_v7(self.desk.clock().now())?);
        let command = RosterCommand::Act { action: Box::new(action), change };
        let asked = asked(&self.desk, self.who("Gita")?, command, openings);
        self.desk.administer(asked, Secrets::default())?.wait()?;
        Ok(())
    }

    /// Two approvals for each, by two people.
    fn approvals(&self, dossiers: &[(ExceptionId, Hash)]) -> Result<Vec<Approval>> {
        let pair = [(self.who("Boris")?, false), (self.who("Carla")?, true)];
        let both = dossiers.iter().flat_map(|(exception, dossier)| {
            pair.map(|(by, second)| Approval { exception: *exception, dossier: *dossier, second, by })
        });
        Ok(both.collect())
    }

    fn sealed<T>(&self, job: impl FnOnce(&mut Sealer<'_>) -> T) -> Result<(T, Vec<Opening>)> {
        let mut stream = self.desk.random().stream()?;
        let mut salts = || stream.bytes32();
        let mut sealer = Sealer::new(&mut salts);
        let value = job(&mut sealer);
        Ok((value, sealer.into_openings()))
    }
}

fn asked<C>(desk: &Desk, who: PersonId, command: C, openings: Vec<Opening>) -> Asked<C> {
    let by = By::Person { id: who, door: Door::Session(desk.clock().now()) };
    Asked { by, key: None, expected: None, command, openings }
}

/// Keeps many commands under way, and what `keep` makes of the answers, in their order.
fn pipelined<T>(
    asks: impl Iterator<Item = Result<Pending<Answer>>>,
    keep: impl Fn(Answer) -> Result<T>,
) -> Result<Vec<T>> {
    let (mut waiting, mut kept) = (VecDeque::new(), Vec::new());
    for ask in asks {
        waiting.push_back(ask?);
        if waiting.len() >= UNDER_WAY
            && let Some(first) = waiting.pop_front()
        {
            kept.push(keep(first.wait()?)?);
        }
    }
    for rest in waiting {
        kept.push(keep(rest.wait()?)?);
    }
    Ok(kept)
}

/// The `n`th request: complete, of the usual length, and, where `spread`, of any kind, unit and region.
fn request(sealer: &mut Sealer<'_>, n: usize, spread: bool) -> Request {
    let pick = |words: &[&str], at: usize| words.get(at % words.len()).copied().unwrap_or_default().to_owned();
    let kind = Kind::ALL.get(n % Kind::ALL.len()).copied().filter(|_| spread).unwrap_or(Kind::AiUsage);
    let unit = if spread && n.is_multiple_of(RARE) { RARE_UNIT.to_owned() } else { pick(&UNITS, n / 3) };
    let text = |sealer: &mut Sealer<'_>, field: &str, value: &str| Some(sealer.seal(field, value));
    let system = System {
        id: None,
        name: sealer.seal("system", "Parlance"),
        vendor: text(sealer, "vendor", "Example Models"),
        version: None,
    };
    Request {
        title: text(sealer, "title", &format!("Letters of customers drafted by a model, no. {n}")),
        kind: Some(kind),
        clauses: BTreeSet::from(["AIP-2.1".to_owned()]),
        justification: text(sealer, "justification", JUSTIFICATION),
        alternatives: text(sealer, "alternatives", ALTERNATIVES),
        scope: Scope {
            systems: vec![system],
            purpose: text(sealer, "purpose", "Drafts and translations of letters that a person then edits and sends."),
            data_classes: BTreeSet::from([DataClass::Internal]),
            actions: BTreeSet::from(["translate".to_owned(), "draft".to_owned()]),
            business_unit: Some(unit),
            regions: BTreeSet::from([pick(&REGIONS, n / 7)]),
            ..Scope::default()
        },
        term: Some(Term::Days(90)),
        impact_if_denied: text(
            sealer,
            "impact_if_denied",
            "Customers wait longer, and two people stay in manual translation.",
        ),
        affected_teams: BTreeSet::from(["support".to_owned()]),
        screening: SCREENING.map(|code| (code.to_owned(), false)).into(),
        ..Request::default()
    }
}

/// The questions of the register that ships.
const SCREENING: [&str; 4] =
    ["harmful_manipulation", "emotion_inference", "social_scoring", "biometric_categorisation"];
const JUSTIFICATION: &str = "The team answers four hundred letters a week in nine languages; without help customers \
    wait for eleven days, and the approved tools do not know two of the languages.";
const ALTERNATIVES: &str = "The company assistant lacks two languages; an agency would take three weeks a letter and \
    costs ten times as much.";
