//! The access matrix: the lines of `roles.csv`, loaded by Casbin, checked one by one and compiled
//! into a table that answers with two bit tests. A file with one wrong line is refused as a whole.
//! It does not know who holds a role: memberships are the caller's, fresh from the transaction.

use casbin::{CoreApi, DefaultModel, Enforcer, MgmtApi, StringAdapter};
use futures_util::FutureExt;

use super::{Ask, BadLine, Effect, Fault, Line, Relation, RoleSet};
use crate::words::StateName;

/// The model that the table is compiled for.
const MODEL: &str = include_str!("../../policies/access/model.conf");
/// The lines that are shipped.
const POLICY: &str = include_str!("../../policies/access/roles.csv");

/// Why a matrix is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Casbin cannot read it.
    #[error("the access model or policy cannot be read: {0}")]
    Unreadable(String),
    /// The model's section differs from the shipped one, which the table is compiled for.
    #[error("section `{0}` of the access model differs from the shipped one; change roles.csv instead")]
    OtherModel(&'static str),
    /// Wrong lines, all of them.
    #[error("the access policy is refused: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Lines(Vec<BadLine>),
    /// No line at all, so nobody could do anything.
    #[error("the access policy is empty")]
    Empty,
    /// Casbin took in another number of lines than were checked.
    #[error("the access policy reads as {checked} lines, and to Casbin as {loaded}")]
    Disagreement {
        /// How many lines were checked.
        checked: usize,
        /// How many Casbin holds.
        loaded: usize,
    },
}

/// Who may ask for what.
#[derive(Debug, Clone)]
pub struct Matrix {
    cells: Vec<Cell>,
    lines: Vec<Line>,
}

/// For one verb, state and relation: whom a line allows, whom a line denies.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    allow: RoleSet,
    deny: RoleSet,
}

impl Matrix {
    /// The matrix that is shipped.
    pub fn builtin() -> Result<Self, AccessError> {
        Self::load(MODEL, POLICY)
    }

    /// Reads `model.conf` and `roles.csv`; nothing is taken unless every line is right.
    pub fn load(model: &str, policy: &str) -> Result<Self, AccessError> {
        let lines = checked(policy)?;
        let enforcer = enforcer(model, policy)?;
        same_model(&enforcer, &self::enforcer(MODEL, "")?)?;
        let loaded = enforcer.get_policy().len();
        if loaded != lines.len() {
            let checked = lines.len();
            return Err(AccessError::Disagreement { checked, loaded });
        }
        Ok(Self::compile(lines))
    }

    /// May someone with these roles ask for it, on an exception in this state (`None`: there is
    /// none) and on whose thing? One denial outweighs every allowance.
    pub fn allows(&self, roles: RoleSet, ask: Ask, state: Option<StateName>, relation: Relation) -> bool {
        self.cells
            .get(place(ask, state, relation))
            .is_some_and(|cell| cell.allow.meets(roles) && !cell.deny.meets(roles))
    }

    /// The lines, in the order of the file.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    fn compile(lines: Vec<Line>) -> Self {
        let mut cells = vec![Cell::default(); Ask::COUNT * STATES * Relation::ALL.len()];
        for line in &lines {
            for (state, relation) in situations().filter(|(s, r)| line.fits(*s, *r)) {
                let Some(cell) = cells.get_mut(place(line.ask, state, relation)) else {
                    continue;
                };
                let side = match line.effect {
                    Effect::Allow => &mut cell.allow,
                    Effect::Deny => &mut cell.deny,
                };
                *side = side.with(line.role);
            }
        }
        Self { cells, lines }
    }
}

/// The states, and one more for "there is no exception".
const STATES: usize = StateName::ALL.len() + 1;

/// Every state and relation in which a question may arise.
pub(super) fn situations() -> impl Iterator<Item = (Option<StateName>, Relation)> {
    let states = StateName::ALL.iter().copied().map(Some).chain([None]);
    states.flat_map(|state| Relation::ALL.map(|relation| (state, relation)))
}

#[expect(clippy::as_conversions, reason = "a word's discriminant is its place in ALL")]
fn place(ask: Ask, state: Option<StateName>, relation: Relation) -> usize {
    let state = state.map_or(STATES - 1, |state| state as usize);
    (ask.index() * STATES + state) * Relation::ALL.len() + relation as usize
}

/// Every line, or every fault.
fn checked(policy: &str) -> Result<Vec<Line>, AccessError> {
    let (mut lines, mut faults) = (Vec::<Line>::new(), Vec::new());
    let read = policy.lines().zip(1..).filter_map(|(text, number)| Line::read(number, text));
    for line in read {
        match line.and_then(|line| once(line, &lines)) {
            Ok(line) => lines.push(line),
            Err(bad) => faults.push(bad),
        }
    }
    match (faults.is_empty(), lines.is_empty()) {
        (false, _) => Err(AccessError::Lines(faults)),
        (true, true) => Err(AccessError::Empty),
        (true, false) => Ok(lines),
    }
}

/// The line, unless it was written before.
fn once(line: Line, before: &[Line]) -> Result<Line, BadLine> {
    match before.iter().find(|other| line.repeats(other)) {
        None => Ok(line),
        Some(other) => Err(BadLine { number: line.number, fault: Fault::Repeated(other.number) }),
    }
}

/// Casbin with this model and policy. Loading is asynchronous by its signature only: from text it
/// never waits, so one poll finishes it.
pub(super) fn enforcer(model: &str, policy: &str) -> Result<Enforcer, AccessError> {
    let load = async {
        let model = DefaultModel::from_str(model).await?;
        Enforcer::new(model, StringAdapter::new(policy)).await
    };
    match load.now_or_never() {
        Some(Ok(enforcer)) => Ok(enforcer),
        Some(Err(error)) => Err(AccessError::Unreadable(error.to_string())),
        None => Err(AccessError::Unreadable("it waits for something".to_owned())),
    }
}

/// The table answers for one model only; another would mean one thing to Casbin and another here.
fn same_model(given: &Enforcer, shipped: &Enforcer) -> Result<(), AccessError> {
    for section in ["r", "p", "g", "e", "m"] {
        if definitions(given, section) != definitions(shipped, section) {
            return Err(AccessError::OtherModel(section));
        }
    }
    Ok(())
}

fn definitions(enforcer: &Enforcer, section: &str) -> Vec<(String, String)> {
    let section = enforcer.get_model().get_model().get(section);
    section.map_or_else(Vec::new, |assertions| {
        assertions.iter().map(|(key, assertion)| (key.clone(), assertion.value.clone())).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{AdminVerb, ReadVerb, Role, Verb};

    /// In some state, on one's own or another's, may these roles ask for it?
    fn ever(matrix: &Matrix, roles: RoleSet, ask: Ask) -> bool {
        situations().any(|(state, relation)| matrix.allows(roles, ask, state, relation))
    }

    fn refused(policy: &str) -> String {
        Matrix::load(MODEL, policy).unwrap_err().to_string()
    }

    fn reads(ask: Ask) -> bool {
        matches!(ask, Ask::Read(_))
    }

    #[test]
    fn one_wrong_line_refuses_the_file_and_every_wrong_line_is_named() {
        let mistyped = POLICY.replacen("p, service, approve, *, any, deny", "p, service, approve, *, any, deyn", 1);
        let at = POLICY.lines().position(|line| line.starts_with("p, service, approve")).unwrap() + 1;
        assert_eq!(
            refused(&mistyped),
            format!("the access policy is refused: line {at} `deyn` is not an effect; one of: allow, deny")
        );
        assert_eq!(
            refused("# two\np, ciso\n\np, ciso, pass, *, any, allow\np,ciso,pass,*,any,allow"),
            "the access policy is refused: line 2 has 2 columns; write p, role, verb, states, relation, effect; line 5 says the same as line 4"
        );
        assert_eq!(refused("# nothing\n"), "the access policy is empty");
    }

    #[test]
    fn another_model_is_refused() {
        let open = MODEL.replace("&& !some(where (p.eft == deny))", "");
        assert_eq!(Matrix::load(&open, POLICY).unwrap_err(), AccessError::OtherModel("e"));
        let loose = MODEL.replace("p.relation == r.relation", "true");
        assert_eq!(Matrix::load(&loose, POLICY).unwrap_err(), AccessError::OtherModel("m"));
        let broken = MODEL.replace("r.verb == p.verb &&", "r.verb == == p.verb &&");
        assert!(matches!(Matrix::load(&broken, POLICY), Err(AccessError::Unreadable(_))));
    }

    #[test]
    fn a_denial_outweighs_what_another_role_allows() {
        let policy = "p, ciso, suspend, *, any, allow\np, auditor, suspend, active, other, deny";
        let matrix = Matrix::load(MODEL, policy).unwrap();
        let both = RoleSet::of_person([Role::Ciso, Role::Auditor]);
        let suspend = |state, relation| matrix.allows(both, Ask::Act(Verb::Suspend), Some(state), relation);
        assert!(!suspend(StateName::Active, Relation::Other));
        assert!(suspend(StateName::Active, Relation::Own));
        assert!(suspend(StateName::ReReview, Relation::Other));
    }

    #[test]
    fn admin_decides_nothing() {
        let matrix = Matrix::builtin().unwrap();
        let admin = RoleSet::EMPTY.with(Role::Admin);
        for verb in Verb::ALL {
            assert!(!ever(&matrix, admin, Ask::Act(*verb)), "{verb}");
        }
        for verb in [AdminVerb::ConfirmChange, AdminVerb::PublishSop] {
            assert!(!ever(&matrix, admin, Ask::Administer(verb)), "{verb}");
        }
        assert!(!ever(&matrix, admin, Ask::Read(ReadVerb::ReadConfidential)));
        assert!(ever(&matrix, admin, Ask::Administer(AdminVerb::GrantRole)));
    }

    #[test]
    fn an_auditor_reads_everything_and_changes_nothing() {
        let matrix = Matrix::builtin().unwrap();
        let auditor = RoleSet::EMPTY.with(Role::Auditor);
        for ask in Ask::all() {
            assert_eq!(ever(&matrix, auditor, ask), reads(ask), "{ask}");
        }
        let person = RoleSet::of_person([Role::Auditor]);
        // Anybody may file, stop following what they followed, and say how what they were named to watch stands.
        let anybodys = [Verb::Draft, Verb::Unwatch, Verb::Attest].map(Ask::Act);
        for ask in Ask::all().filter(|ask| !reads(*ask) && !anybodys.contains(ask)) {
            for state in StateName::ALL {
                let others = matrix.allows(person, ask, Some(*state), Relation::Other);
                assert!(!others, "{ask} on others' in {state}");
            }
        }
    }

    #[test]
    fn nobody_gives_effect_to_their_own() {
        let matrix = Matrix::builtin().unwrap();
        let everything = RoleSet::of_person(Role::ALL.iter().copied().filter(|role| *role != Role::Service));
        let effects = Verb::ALL.iter().filter(|verb| verb.gives_effect());
        let asks = effects.map(|verb| Ask::Act(*verb)).chain([Ask::Administer(AdminVerb::ConfirmChange)]);
        for ask in asks {
            assert!(ever(&matrix, everything, ask), "{ask}");
            for state in StateName::ALL {
                assert!(!matrix.allows(everything, ask, Some(*state), Relation::Own), "{ask}");
            }
        }
    }

    #[test]
    fn a_service_account_prepares_its_own_and_never_gives_effect() {
        let matrix = Matrix::builtin().unwrap();
        let service = RoleSet::of_service();
        let submit = Ask::Act(Verb::Submit);
        assert!(matrix.allows(service, submit, Some(StateName::Draft), Relation::Own));
        assert!(!matrix.allows(service, submit, Some(StateName::Draft), Relation::Other));
        let mistaken = service.with(Role::Ciso).with(Role::Governance);
        for ask in [Ask::Act(Verb::Approve), Ask::Act(Verb::Resume), Ask::Administer(AdminVerb::ConfirmChange)] {
            assert!(!ever(&matrix, mistaken, ask), "{ask}");
        }
    }
}
