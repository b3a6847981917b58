//! One exception of the tests, and its way through the procedure.

use super::*;

/// One exception, those around it, and everything that happened to it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) sop: &'static Sop,
    pub(crate) newest: &'static Sop,
    /// A split: which, of how many of a hundred, and the version that is split off.
    pub(crate) split: Option<(SplitId, u8, &'static Sop)>,
    pub(crate) register: &'static Register,
    pub(crate) people: Vec<Person>,
    pub(crate) delegations: Vec<Delegation>,
    pub(crate) prior: Prior,
    pub(crate) used_up: Vec<UsedUp>,
    pub(crate) now: Time,
    pub(crate) is: Exception,
    pub(crate) events: Vec<Event>,
}

impl Case {
    /// A draft of `request` by the requester.
    pub(crate) fn draft(sop: &'static Sop, request: Request) -> Self {
        Self::drafted_by(REQUESTER, sop, request)
    }

    pub(crate) fn drafted_by(requester: PersonId, sop: &'static Sop, request: Request) -> Self {
        let people = People::new(cast(), Vec::new());
        let ground = Ground {
            by: &By::Person { id: requester, door: Door::Session(noon()) },
            now: noon(),
            sop,
            newest: sop,
            split: None,
            register: &REGISTER,
            people: &people,
            prior: Prior::default(),
            used_up: &[],
            step_up_minutes: lifecycle::STEP_UP_MINUTES,
            calendars: &CALENDARS,
            resting: &RESTING,
        };
        let event = lifecycle::draft(Drafting { number: "EX-2026-000001".to_owned(), requester, request }, ground);
        let is = Exception::begin(ExceptionId(Uuid::from_u128(42)), &event).expect("it begins");
        Self {
            sop,
            newest: sop,
            split: None,
            register: &REGISTER,
            people: cast(),
            delegations: vec![delegation(CRO, DELEGATE)],
            prior: Prior::default(),
            used_up: Vec::new(),
            now: noon(),
            is,
            events: vec![event],
        }
    }

    /// The same as it comes from another register, brought by governance.
    pub(crate) fn imported(mut self, from: Provenance) -> Self {
        let Exception { number, requester, request, .. } = self.is.clone();
        let by = self.session(GOVERNANCE);
        let begun =
            self.on(&by, |_, ground| lifecycle::imported(Drafting { number, requester, request }, from, ground));
        self.is = Exception::folded(self.is.id, &begun).expect("it begins");
        (self.events, self.sop) = (begun.into(), self.newest);
        self
    }

    pub(crate) fn people(&self) -> People {
        People::new(self.people.iter().cloned(), self.delegations.clone())
    }

    /// The account `id`, to be changed.
    pub(crate) fn person(&mut self, id: PersonId) -> &mut Person {
        self.people.iter_mut().find(|person| person.id == id).expect("in the cast")
    }

    /// Somebody in a session that began a minute ago.
    pub(crate) fn session(&self, id: PersonId) -> By {
        By::Person { id, door: Door::Session(self.now - Duration::minutes(1)) }
    }

    /// What `work` makes of the ground as it is now.
    pub(crate) fn on<T>(&self, by: &By, work: impl FnOnce(&Exception, Ground<'_>) -> T) -> T {
        let people = self.people();
        let ground = Ground {
            by,
            now: self.now,
            sop: self.sop,
            newest: self.newest,
            split: self.split.map(|(id, percent, variant)| Splitting { id, percent, variant }),
            register: self.register,
            people: &people,
            prior: self.prior,
            used_up: &self.used_up,
            step_up_minutes: lifecycle::STEP_UP_MINUTES,
            calendars: &CALENDARS,
            resting: &RESTING,
        };
        work(&self.is, ground)
    }

    pub(crate) fn happened(&mut self, events: Vec<Event>) {
        for event in events {
            self.is = self.is.clone().after(&event);
            self.events.push(event);
        }
        let split_off = self.split.map(|(_, _, variant)| variant);
        let known = [Some(self.newest), Some(self.sop), split_off].into_iter().flatten();
        self.sop = { known }.find(|sop| sop.reference() == self.is.sop).expect("the version it runs on");
    }

    /// Asks `command` of it through any door.
    pub(crate) fn ask(&mut self, by: &By, command: Command) -> Result<(), Refused> {
        let events = self.on(by, |is, ground| lifecycle::decide(is, command, ground))?;
        self.happened(events);
        Ok(())
    }

    /// Asks `command` of it in a session.
    pub(crate) fn run(&mut self, by: PersonId, command: Command) -> Result<(), Refused> {
        self.ask(&self.session(by), command)
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, by: PersonId, command: Command) {
        let text = format!("{command:?}");
        if let Err(refused) = self.run(by, command) {
            panic!("{}: {refused} ({}) in {}: {text}", by, refused.refusal.code(), self.state());
        }
    }

    /// Runs a command that must be refused, and says with which code.
    #[track_caller]
    pub(crate) fn refused(&mut self, by: PersonId, command: Command) -> &'static str {
        let before = self.is.clone();
        let refused = self.run(by, command).expect_err("a refusal");
        assert_eq!(self.is, before, "a refusal changes nothing");
        refused.refusal.code()
    }

    pub(crate) fn state(&self) -> StateName {
        self.is.state.name()
    }

    pub(crate) fn dossier(&self) -> Hash {
        self.is.state.round().expect("an open round").dossier
    }

    /// The dossier of the round that a resumption would open.
    pub(crate) fn dossier_if_resumed(&self) -> Hash {
        let (round, kind) = (self.is.rounds + 1, RoundKind::Resume);
        let (proposal, review) = (&Proposal::Reaffirm, self.is.review());
        let dossier = Dossier::of(&self.is, About { round, kind, proposal, review });
        dossier.expect("it was rated").hash()
    }

    /// The codes of everything that happened, in order.
    pub(crate) fn story(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.deed.code()).collect()
    }

    pub(crate) fn last(&self) -> &Event {
        self.events.last().expect("it began")
    }

    pub(crate) fn is_effective(&self) -> bool {
        self.is.is_effective(self.now)
    }
}

/// The way through the procedure.
impl Case {
    pub(crate) fn submitted(mut self) -> Self {
        self.ok(REQUESTER, Command::Submit);
        self
    }

    pub(crate) fn passed(mut self) -> Self {
        self = self.submitted();
        self.ok(REVIEWER, Command::Pass { note: None });
        self
    }

    /// Every dimension scored `points` of 5 on each criterion.
    pub(crate) fn assessed(self, points: u32) -> Self {
        self.passed().judged(points, &[])
    }

    /// Assessed in every dimension, each with these findings.
    pub(crate) fn judged(mut self, points: u32, findings: &[Finding]) -> Self {
        while let Some(dimension) = self.open_dimension() {
            let Command::Assess(mut given) = self.assess(dimension, points) else { break };
            given.findings = findings.to_vec();
            self.ok(assessor(dimension, self.sop), Command::Assess(given));
        }
        self
    }

    pub(crate) fn open_dimension(&self) -> Option<Dimension> {
        let open = self.is.tasks.iter().find(|task| task.work == Work::Assess)?;
        open.key.strip_prefix("assess:").and_then(|code| code.parse().ok())
    }

    pub(crate) fn assess(&self, dimension: Dimension, points: u32) -> Command {
        let rules = &self.sop.document().steps.assessment.dimensions;
        let criteria = rules.iter().find(|rules| rules.dimension == dimension).map(|rules| &rules.criteria);
        let points = criteria.into_iter().flatten().map(|criterion| (criterion.id.clone(), points.min(criterion.max)));
        Command::Assess(Box::new(Assess {
            dimension,
            points: points.collect(),
            findings: Vec::new(),
            override_tier: None,
        }))
    }

    /// Assessed, and answered by the stakeholders that the tier asks.
    pub(crate) fn in_decision(self, points: u32) -> Self {
        self.assessed(points).answered()
    }

    /// Answered by the stakeholders that the tier asks.
    pub(crate) fn answered(mut self) -> Self {
        for (role, by) in [(Role::Adviser, ADVISER), (Role::Stakeholder, STAKEHOLDER)] {
            if self.state() == StateName::StakeholderInput {
                self.ok(by, Command::Recommend { role, recommendation: Recommendation::Support, text: None });
            }
        }
        assert_eq!(self.state(), StateName::Decision);
        self
    }

    /// Looks at it again as an open re-review asks: attested as it should be, and every score confirmed.
    pub(crate) fn look_again(&mut self) {
        let asked = |work: Work| matches!(work, Work::Attest | Work::Assess);
        while let Some(task) = self.is.tasks.iter().find(|task| self.is.review().is_some() && asked(task.work)) {
            let Some(dimension) = task.key.strip_prefix("assess:").and_then(|code| code.parse().ok()) else {
                self.ok(task.assignee.unwrap_or(GOVERNANCE), attest(true, true));
                continue;
            };
            self.ok(assessor(dimension, self.newest), Command::ConfirmAssessment { dimension, note: None });
        }
    }

    /// Approved by these two, so that it is decided; what a re-review asks before is answered.
    pub(crate) fn approved_by(mut self, approvers: [PersonId; 2]) -> Self {
        self.look_again();
        for by in approvers {
            self.ok(by, Command::Approve(Box::new(approve(self.dossier()))));
        }
        self
    }

    pub(crate) fn approved_by_one(mut self, by: PersonId) -> Self {
        self.look_again();
        self.ok(by, Command::Approve(Box::new(approve(self.dossier()))));
        self
    }

    /// In effect at tier low.
    pub(crate) fn active(sop: &'static Sop, request: Request) -> Self {
        let case = Self::draft(sop, request).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
        assert_eq!(case.state(), StateName::Active);
        case
    }

    /// Itself, later.
    pub(crate) fn after(mut self, by: Duration) -> Self {
        self.later(by);
        self
    }

    /// Later: what is due then is settled, once, as late as that.
    pub(crate) fn later(&mut self, by: Duration) {
        self.now += by;
        let events = self.on(&clock(), lifecycle::due);
        self.happened(events);
    }
}
