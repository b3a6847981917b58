//! What witnesses are asked, what is believed of their answers, and how far the ledger is witnessed. Nothing waits
//! for a witness: what is signed stands whether or not somebody saw it.

use std::collections::BTreeSet;

use chrono::Duration;

use super::{Desk, Error};
use crate::{
    domain::request::Time,
    ledger::{
        Policy, Witness, consistency_proof, cosigned,
        witness::{MOST_HASHES, add_checkpoint, known_size, with_lines},
    },
    store::{
        Conn, StoreError,
        checkpoints::{self, Signed},
        witnesses::{self, Refusing},
    },
};

/// After how many seconds a witness that did not sign is asked again; twice as many each time.
const AGAIN_SECONDS: i64 = 10;
/// At most.
const MOST_SECONDS: i64 = 600;
/// For how long a checkpoint may stand unwitnessed before that is told.
const PATIENCE: Duration = Duration::seconds(120);
/// How many checkpoints are looked at for the newest that enough have witnessed.
const LOOKED_AT: i64 = 200;
/// The most of an answer's text that is kept.
const MOST_SAID: usize = 200;

/// What a witness is to be asked.
#[derive(Debug, Clone)]
pub struct WitnessAsk {
    /// Whom.
    pub witness: Witness,
    /// What is sent.
    pub body: String,
    signed: Signed,
    before: Option<Refusing>,
}

/// What a witness answered: a status and a body, or why there was none.
pub type WitnessSaid = Result<(u16, String), String>;

/// How far the ledger is witnessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The newest checkpoint.
    pub newest: u64,
    /// The names of the witnesses that signed it.
    pub by: Vec<String>,
    /// How many witnesses there are.
    pub all: usize,
    /// The size of the newest checkpoint that enough of them signed.
    pub enough: Option<u64>,
    /// Why others did not sign, by their names.
    pub refusing: Vec<(String, String)>,
    /// Has the newest stood for so long that enough should have signed it?
    pub is_late: bool,
}

impl Witnessed {
    /// What somebody should look at: that too few have witnessed what was signed a while ago, and why.
    pub fn warning(&self) -> Option<String> {
        let why: Vec<String> = self.refusing.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        let told = format!(
            "too few witnesses have signed the checkpoint of {} leaves ({} of {}); {}",
            self.newest,
            self.by.len(),
            self.all,
            if why.is_empty() { "the others were not asked yet".to_owned() } else { why.join("; ") }
        );
        self.is_late.then_some(told)
    }
}

impl Desk {
    /// What is to be asked of whom, now. Whoever signed the newest checkpoint is asked nothing.
    pub fn witness_asks(&self, now: Time) -> Result<Vec<WitnessAsk>, Error> {
        let Some(policy) = &self.notary.witnesses else { return Ok(Vec::new()) };
        Ok(self.store.read(|conn| {
            let Some(signed) = checkpoints::latest(conn)? else { return Ok::<_, StoreError>(Vec::new()) };
            let (tries, signers) = (witnesses::refusing(conn)?, names(conn, signed.head.size)?);
            let asked = policy.witnesses.iter().filter(|one| one.url.is_some() && !signers.contains(one.key.name()));
            let asks = asked.map(|witness| {
                let before = tries.iter().find(|tried| tried.witness == witness.key.name()).cloned();
                if before.as_ref().is_some_and(|before| now < again(before)) {
                    return Ok(None);
                }
                ask(conn, witness, (&signed, before))
            });
            Ok(asks.collect::<Result<Vec<_>, StoreError>>()?.into_iter().flatten().collect())
        })?)
    }

    /// Takes a witness's answer; what to ask it at once, where it knows another size than was thought.
    pub fn take_witness(&self, asked: &WitnessAsk, said: WitnessSaid, now: Time) -> Result<Option<WitnessAsk>, Error> {
        let why = match said {
            Ok((200, body)) => match believed(asked, &body) {
                Some(said) => {
                    let size = asked.signed.head.size;
                    tracing::info!(target: "proviso::checkpoint", size, witness = %said.witness, "witnessed");
                    self.settle_witness(move |tx| tx.keep_cosignature(size, &said))?;
                    return Ok(None);
                }
                None => "its cosignature does not hold".to_owned(),
            },
            Ok((409, body)) => match known_size(&body) {
                Some(known) => return self.knows_other(asked, known, now),
                None => "it knows another size and does not say which".to_owned(),
            },
            Ok((status, body)) => {
                format!("it answered {status}: {}", body.trim().chars().take(MOST_SAID).collect::<String>())
            }
            Err(why) => why,
        };
        self.refused(asked, (why, None), now)?;
        Ok(None)
    }

    /// A witness signed a checkpoint that this database does not remember it for; asked once more from there.
    fn knows_other(&self, asked: &WitnessAsk, known: u64, now: Time) -> Result<Option<WitnessAsk>, Error> {
        let size = asked.signed.head.size;
        let repeated = asked.before.as_ref().is_some_and(|before| before.known == Some(known));
        let why = if known > size {
            format!("it has seen {known} leaves, more than the {size} that are signed here; was the database set back?")
        } else {
            format!("it knows {known} leaves")
        };
        let refusing = self.refused(asked, (why, Some(known)), now)?;
        if known > size || repeated {
            return Ok(None);
        }
        let asked = asked.clone();
        Ok(self.store.read(|conn| ask(conn, &asked.witness, (&asked.signed, Some(refusing))))?)
    }

    fn refused(&self, asked: &WitnessAsk, (why, known): (String, Option<u64>), at: Time) -> Result<Refusing, Error> {
        let failures = asked.before.as_ref().map_or(0, |before| before.failures).saturating_add(1);
        let witness = asked.witness.key.name().to_owned();
        tracing::warn!(target: "proviso::checkpoint", %witness, %why, "not witnessed");
        let refusing = Refusing { witness, at, failures, why, known };
        let noted = refusing.clone();
        self.settle_witness(move |tx| tx.note_refusal(&noted))?;
        Ok(refusing)
    }

    fn settle_witness(
        &self,
        job: impl FnMut(&mut crate::store::Tx<'_, '_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Error> {
        Ok(self.store.write(job)?.blocking_recv().map_err(StoreError::from)??)
    }

    /// The newest checkpoint with what its witnesses said of it.
    pub fn witnessed_checkpoint(&self) -> Result<String, Error> {
        self.store.read(|conn| {
            let signed = checkpoints::latest(conn)?.ok_or(Error::NotFound("checkpoint: nothing is signed here"))?;
            Ok(witnesses::witnessed(conn, &signed)?)
        })
    }

    /// How far the ledger is witnessed; `None` where nobody is asked, or nothing is signed.
    pub fn witnessed(&self, now: Time) -> Result<Option<Witnessed>, Error> {
        let Some(policy) = &self.notary.witnesses else { return Ok(None) };
        Ok(self.store.read(|conn| {
            let Some(signed) = checkpoints::latest(conn)? else { return Ok::<_, StoreError>(None) };
            told(conn, policy, (&signed, now)).map(Some)
        })?)
    }
}

fn names(conn: &mut Conn, size: u64) -> Result<BTreeSet<String>, StoreError> {
    Ok(witnesses::signed_by(conn, size)?.into_iter().map(|(witness, _)| witness).collect())
}

/// When a witness that did not sign is asked again.
fn again(before: &Refusing) -> Time {
    let doublings = before.failures.saturating_sub(1).min(10);
    before.at + Duration::seconds((AGAIN_SECONDS << doublings).min(MOST_SECONDS))
}

/// What a witness is asked about a checkpoint, from the size on that it knows.
fn ask(
    conn: &mut Conn,
    witness: &Witness,
    (signed, before): (&Signed, Option<Refusing>),
) -> Result<Option<WitnessAsk>, StoreError> {
    let said = before.as_ref().and_then(|before| before.known).filter(|known| *known <= signed.head.size);
    let old = match said {
        Some(known) => known,
        None => witnesses::last_of(conn, witness.key.name())?.unwrap_or(0),
    };
    let proof = checkpoints::with_nodes(conn, |lookup| {
        let proof = consistency_proof(old, signed.head.size, &lookup);
        proof.map_err(|error| StoreError::Corrupt(error.to_string()))
    })?;
    let body = add_checkpoint(old, &proof, &signed.note);
    let ask = WitnessAsk { witness: witness.clone(), body, signed: signed.clone(), before };
    Ok((proof.len() <= MOST_HASHES).then_some(ask))
}

/// The cosignature in an answer, if the witness that was asked signed exactly what it was asked about.
fn believed(asked: &WitnessAsk, body: &str) -> Option<crate::ledger::Cosignature> {
    let lines = body.lines().filter(|line| line.starts_with('\u{2014}'));
    let whole = with_lines(&asked.signed.note, lines);
    cosigned(&whole, std::slice::from_ref(&asked.witness.key))?.pop()
}

fn told(conn: &mut Conn, policy: &Policy, (signed, now): (&Signed, Time)) -> Result<Witnessed, StoreError> {
    let size = signed.head.size;
    let by = names(conn, size)?;
    let called = |key: &str| policy.witnesses.iter().find(|one| one.key.name() == key).map(|one| one.name.clone());
    let enough = if policy.is_met(&by) {
        Some(size)
    } else {
        witnesses::newest(conn, LOOKED_AT)?.into_iter().find(|(_, by)| policy.is_met(by)).map(|(size, _)| size)
    };
    let refusing = witnesses::refusing(conn)?.into_iter().filter(|one| !by.contains(&one.witness));
    Ok(Witnessed {
        newest: size,
        by: by.iter().filter_map(|key| called(key)).collect(),
        all: policy.witnesses.len(),
        enough,
        refusing: refusing.filter_map(|one| Some((called(&one.witness)?, one.why))).collect(),
        is_late: enough != Some(size) && now - signed.at > PATIENCE,
    })
}
