//! Every subject's events folded as they come, in the ledger's order. It judges what gives effect with
//! [`effect`](super::effect), and knows of signatures those alone that stand in an event.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{agreed, asked, batches, concerns, effect, erasures, imports, splits};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Cause, Exception},
        person::By,
        request::Time,
        roster::{AutomationDeed, Concern, Roster, RosterDeed, RosterEvent},
        upkeep::Upkeep,
    },
    ledger::{Keys, Leaf, Subject},
    sop::{Document, Sop},
    words::{BatchId, ConcernId, ExceptionId, Hash, IncidentId, SopRef, Weight},
};

/// How the body of a leaf about the roster ends.
const ROSTER: &str = r#""subject":"roster","v":1}"#;

/// A vote, as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vote {
    pub(super) round: u32,
    pub(super) dossier: Hash,
    pub(super) human: String,
    pub(super) principal: String,
    pub(super) voided: bool,
}

/// An exception as far as it was told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) now: Exception,
    /// Its last leaf.
    pub(super) leaf: u64,
    /// Its votes, by their leaves.
    pub(super) votes: BTreeMap<u64, Vote>,
}

/// Everything that was told so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Story {
    pub(super) exceptions: BTreeMap<ExceptionId, Told>,
    pub(super) roster: Roster,
    /// The procedures that came with the export, by the hash of their text.
    pub(super) texts: BTreeMap<Hash, Arc<Sop>>,
    /// The procedures that were published, with their texts' hashes, the newest of each name last.
    pub(super) published: Vec<(SopRef, Hash)>,
    /// The versions with which procedures were retired.
    retired: BTreeSet<SopRef>,
    /// The incidents that were reported.
    pub(super) incidents: BTreeSet<IncidentId>,
    /// The material versions of the register that were published, as the batches that they are the causes of.
    pub(super) entries: BTreeSet<BatchId>,
    /// What was counted of each batch.
    pub(super) batches: BTreeMap<BatchId, batches::Counted>,
    /// The batch that last reopened an exception, as long as nothing else did.
    pub(super) reviews: BTreeMap<ExceptionId, batches::Review>,
    /// The exceptions that batches have come to.
    pub(super) dealt: BTreeSet<(BatchId, ExceptionId)>,
    /// The concerns that were raised, each with whether it is open.
    pub(super) concerns: BTreeMap<ConcernId, (Box<Concern>, bool)>,
    /// The keys that are believed, for what an event says was signed.
    pub(super) keys: Keys,
    /// What has to follow before an exception is decided on.
    pub(super) owed: BTreeMap<ExceptionId, BTreeSet<asked::Owed>>,
    /// What was imported, by its source and its reference there.
    pub(super) imports: BTreeSet<(String, String)>,
    roster_seq: u64,
    at: Option<Time>,
    /// How many times something took effect.
    pub(super) effects: u64,
}

impl Story {
    /// Nothing told yet, where these keys are believed.
    pub(super) fn believing(keys: Keys) -> Self {
        Self { keys, ..Self::default() }
    }

    /// Takes the next leaf; an error says what of it cannot be.
    pub(super) fn take(&mut self, place: u64, body: &str) -> Result<(), String> {
        if body.ends_with(ROSTER) {
            let leaf: Leaf<RosterEvent> = read(body)?;
            self.roster_event(place, &leaf)
        } else {
            let leaf: Leaf<Event> = read(body)?;
            self.event(place, &leaf)
        }
    }

    fn roster_event(&mut self, place: u64, leaf: &Leaf<RosterEvent>) -> Result<(), String> {
        if leaf.seq != self.roster_seq + 1 {
            return Err(format!("it is number {} of the roster, after number {}", leaf.seq, self.roster_seq));
        }
        self.roster_seq = leaf.seq;
        self.in_time(leaf.event.at)?;
        agreed::decided(self, &leaf.event)?;
        erasures::still_there(self, &leaf.event)?;
        if let RosterDeed::Erasure(deed) = &leaf.event.deed {
            erasures::judge(self, deed, &leaf.event)?;
        }
        if let RosterDeed::SopPublished { sop, text_hash } = &leaf.event.deed {
            if !self.texts.contains_key(text_hash) {
                return Err(format!("the text of procedure {} version {} is not in the export", sop.id, sop.version));
            }
            self.published.push((sop.clone(), *text_hash));
        }
        if let RosterDeed::SopRetired { sop } = &leaf.event.deed {
            self.retire(sop)?;
        }
        if let RosterDeed::Concern(deed) = &leaf.event.deed {
            concerns::judge(self, deed, &leaf.event)?;
        }
        if let RosterDeed::Split(deed) = &leaf.event.deed {
            splits::judge(self, deed, &leaf.event)?;
        }
        if let RosterDeed::Automation(AutomationDeed::Batch(deed)) = &leaf.event.deed {
            batches::judge(self, deed, &leaf.event)?;
        }
        if let RosterDeed::EntryPublished { entry, weight: Weight::Material, .. } = &leaf.event.deed {
            self.entries.insert(BatchId::of_entry(entry));
        }
        if let RosterDeed::IncidentReported { incident } = &leaf.event.deed {
            self.incidents.insert(incident.id);
        }
        self.roster = std::mem::take(&mut self.roster).after(&leaf.event, place);
        Ok(())
    }

    /// A procedure is retired once, as it is.
    fn retire(&mut self, sop: &SopRef) -> Result<(), String> {
        if self.newest_reference(&sop.id) != Some(sop) {
            return Err(format!("{sop} is retired, and is not the newest version of a procedure"));
        }
        if self.retired.insert(sop.clone()) { Ok(()) } else { Err(format!("{sop} was retired before")) }
    }

    fn event(&mut self, place: u64, leaf: &Leaf<Event>) -> Result<(), String> {
        let Subject::Exception(id) = leaf.subject else { return Err("it is about nothing".to_owned()) };
        self.in_time(leaf.event.at)?;
        let Some(told) = self.exceptions.remove(&id) else {
            let begun = Exception::begin(id, &leaf.event).filter(|_| leaf.seq == 1);
            let now = begun.ok_or_else(|| "an exception begins with a draft".to_owned())?;
            if self.is_retired(&now.sop.id) {
                return Err(format!("it begins under {}, which was retired", now.sop));
            }
            self.exceptions.insert(id, Told { now, leaf: place, votes: BTreeMap::new() });
            return Ok(());
        };
        if leaf.seq != told.now.seq + 1 || matches!(leaf.event.deed, Deed::Drafted { .. }) {
            return Err(format!("it is number {} of its exception, after number {}", leaf.seq, told.now.seq));
        }
        erasures::acts(self, &leaf.event.by)?;
        self.has_its_incident(&leaf.event)?;
        splits::submitted(self, &told.now, &leaf.event)?;
        imports::judge(self, &told.now, &leaf.event)?;
        if matches!(leaf.event.deed, Deed::Reopened { .. }) {
            self.reviews.remove(&id);
        }
        batches::caused(self, &told.now, &leaf.event)?;
        let gives_effect = effect::judge(self, &told.now, &leaf.event)?;
        self.effects += u64::from(gives_effect);
        let Told { now, mut votes, .. } = told;
        count(&mut votes, place, &leaf.event.deed);
        let after = now.clone().after(&leaf.event);
        effect::stays(&now, (&leaf.event, &after))?;
        asked::follows(self, (&now, &after), &leaf.event)?;
        self.exceptions.insert(id, Told { now: after, leaf: place, votes });
        Ok(())
    }

    /// What the service did because of an incident cites one that was reported before. What was due beside it has a
    /// cause of its own.
    fn has_its_incident(&self, event: &Event) -> Result<(), String> {
        let By::System { .. } = &event.by else { return Ok(()) };
        let cited = event.citation.as_ref().and_then(|citation| citation.facts.get("incident")?.as_str());
        let noted = matches!(event.deed, Deed::Upkeep(Upkeep::IncidentNoted { .. }));
        let caused = noted
            || matches!(&event.deed, Deed::Reopened { cause, .. } | Deed::Suspended { cause } if cause.code == Cause::INCIDENT);
        let known = cited.and_then(|id| id.parse().ok()).is_some_and(|id| self.incidents.contains(&id));
        if !caused || known { Ok(()) } else { Err("it cites no incident that was reported before".to_owned()) }
    }

    /// Time does not run backwards.
    fn in_time(&mut self, at: Time) -> Result<(), String> {
        if self.at.is_some_and(|last| at < last) {
            return Err("it was recorded before the leaf before it".to_owned());
        }
        self.at = Some(at);
        Ok(())
    }

    /// Was the procedure retired, and not published anew since?
    pub(super) fn is_retired(&self, id: &str) -> bool {
        self.newest_reference(id).is_some_and(|newest| self.retired.contains(newest))
    }

    /// The procedure that an event names: published, or split off by two people.
    pub(super) fn procedure(&self, sop: &SopRef) -> Option<&Document> {
        self.running(sop).map(Sop::document)
    }

    /// The same, ready to be asked.
    pub(super) fn running(&self, sop: &SopRef) -> Option<&Sop> {
        let published = self.published.iter().find(|(published, _)| published == sop).map(|(_, text)| text);
        let mut splits = self.roster.splits.values().map(|split| &split.begins);
        let text = published.or_else(|| splits.find(|begins| begins.sop == *sop).map(|begins| &begins.text_hash))?;
        self.texts.get(text).map(Arc::as_ref)
    }

    /// The newest version of that procedure so far.
    pub(super) fn newest(&self, id: &str) -> Option<&Document> {
        self.procedure(self.newest_reference(id)?)
    }

    /// What names it.
    pub(super) fn newest_reference(&self, id: &str) -> Option<&SopRef> {
        let versions = self.published.iter().map(|(published, _)| published).filter(|published| published.id == id);
        versions.max_by_key(|published| published.version)
    }
}

fn read<E: serde::de::DeserializeOwned>(body: &str) -> Result<Leaf<E>, String> {
    Leaf::read(body).map_err(|error| format!("it cannot be read: {error}"))
}

/// Votes are rows of their own.
#[expect(clippy::wildcard_enum_match_arm, reason = "two deeds are votes, and all the rest are none")]
fn count(votes: &mut BTreeMap<u64, Vote>, place: u64, deed: &Deed) {
    match deed {
        Deed::Approved { round, approval, .. } => {
            let (human, principal) = (approval.human.to_string(), approval.principal.to_string());
            let vote = Vote { round: *round, dossier: approval.dossier, human, principal, voided: false };
            votes.insert(place, vote);
        }
        Deed::ApprovalVoided { round, human, .. } => {
            let human = human.to_string();
            let theirs = votes.values_mut().filter(|vote| vote.round == *round && vote.human == human);
            theirs.for_each(|vote| vote.voided = true);
        }
        _ => {}
    }
}
