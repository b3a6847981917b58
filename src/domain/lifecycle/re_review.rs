//! What a re-review asks before anybody confirms it: the monitoring owner attests, assessors confirm what was scored
//! or score it anew. What is asked stands with the round when it is opened, by the procedure submitted under and by
//! the newest; an answer makes another dossier, and a higher tier asks for that tier's quorum as well.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::Assess,
        event::Deed,
        exception::{Cause, Exception, Rating, State, Waiver},
        refusal::{Refusal, Refused},
        review::{Attestation, Looked, Review, ReviewDeed},
    },
    sop::{self, Gap, Quorum, Reviewed, Scored, Sop},
    words::{Citation, Dimension, Hash, PersonId, Role, RoundKind, Sealed, SopRef, Tier},
};

use super::{
    Proceeding,
    decision::{self, void_all},
    grant, review,
};

/// What a re-review that is opened for `cause` asks for: what either procedure does.
pub(super) fn asked(p: &Proceeding<'_>, cause: &Cause) -> Option<Review> {
    let tier = p.now.tier()?;
    let reviewed = Reviewed { tier, kind: p.now.request.kind, cause: &cause.code };
    let procedures = [p.ground.sop, p.ground.newest];
    let attests = procedures.iter().any(|sop| sop.document().asks_to_attest(reviewed));
    let assesses = procedures.iter().any(|sop| sop.document().asks_to_reassess(reviewed));
    let assesses = if assesses { dimensions(p) } else { BTreeSet::new() };
    (attests || !assesses.is_empty()).then(|| Review {
        tier,
        quorums: Vec::new(),
        attests,
        assesses,
        attestation: None,
        looked: std::collections::BTreeMap::new(),
    })
}

/// The dimensions that were assessed, and those that the newest procedure needs by now.
fn dimensions(p: &Proceeding<'_>) -> BTreeSet<Dimension> {
    let needed = p.ground.newest.dimensions(&p.facts()).unwrap_or_default();
    p.now.assessments.keys().copied().chain(needed.into_iter().map(|rules| rules.dimension)).collect()
}

/// The procedure by whose criteria a dimension is scored: in a re-review the newest, where it knows the dimension.
pub fn scored_by<'s>(exception: &Exception, [sop, newest]: [&'s Sop; 2], dimension: Dimension) -> &'s Sop {
    let dimensions = &newest.document().steps.assessment.dimensions;
    let known = dimensions.iter().any(|rules| rules.dimension == dimension);
    if known && matches!(exception.state, State::ReReview { .. }) { newest } else { sop }
}

fn open<'p>(p: &'p Proceeding<'_>, what: &'static str) -> Result<&'p Review, Refused> {
    p.now.review().ok_or_else(|| not_asked(p, what))
}

fn not_asked(p: &Proceeding<'_>, what: &'static str) -> Refused {
    let asks = p.now.review().map(Review::awaits).unwrap_or_default();
    let citation = p.cite("7", "a re-review asks what the procedure asked when it was opened").with("awaits", asks);
    Refusal::ReviewNotAsked { what }.citing(citation)
}

/// The monitoring owner attests. Either no is shown to those who decide, who then say why they confirm it.
pub(super) fn attest(p: &mut Proceeding<'_>, (needed, kept): (bool, bool), statement: Sealed) -> Result<(), Refused> {
    if !open(p, "attestation")?.attests {
        return Err(not_asked(p, "attestation"));
    }
    p.require_outsider("nobody attests to their own exception")?;
    let by = require_monitor(p)?;
    let attestation = Attestation { by, needed, kept, statement, at: p.ground.now };
    let said = if attestation.is_no() { "attested: not as it should be" } else { "attested: needed and kept" };
    let citation = p.cite("7", said).with("needed", needed).with("kept", kept);
    let answered = attestation.clone();
    let dossier = refrozen(p, |changed| {
        if let Some(review) = changed.review_mut() {
            review.attestation = Some(answered);
        }
    })?;
    p.tell(Deed::Review(ReviewDeed::Attested { attestation, dossier }), citation);
    Ok(())
}

/// Whoever acts watches it: they were named for that, or govern where nobody who was is there.
fn require_monitor(p: &Proceeding<'_>) -> Result<PersonId, Refused> {
    let owner = p.now.request.monitoring_owner.and_then(|id| p.ground.people.find(id));
    let acts = p.actor().filter(|person| person.active && !person.is_service());
    if let (Some(owner), Some(acts)) = (owner, acts)
        && owner.human == acts.human
    {
        return Ok(acts.id);
    }
    if owner.is_none_or(|owner| !owner.is_there(p.ground.now)) {
        return p.require_role(&[Role::Governance], "7").map(|person| person.id);
    }
    Err(Refusal::NotYours { whom: "the monitoring owner" }.into())
}

/// An assessor confirms what was scored: by today's criteria those points give that score.
pub(super) fn confirm(p: &mut Proceeding<'_>, dimension: Dimension, note: Option<Sealed>) -> Result<(), Refused> {
    let by = require_assessor(p, dimension)?;
    if !open(p, "assessment")?.unlooked().any(|open| open == dimension) {
        return Err(not_asked(p, "confirmation of this dimension: it has its answer"));
    }
    let sop = scored_by(&p.now, [p.ground.sop, p.ground.newest], dimension);
    let stood = p.now.assessments.get(&dimension);
    let stood = stood.filter(|stood| sop.score_dimension(dimension, &stood.points) == Ok(stood.score));
    let Some(score) = stood.map(|stood| stood.score) else {
        let detail = "no score stands that today's criteria would give; assess the dimension".to_owned();
        return Err(invalid("/dimension", "assessment_outdated", detail));
    };
    let looked = Looked { by, rescored: false, note, at: p.ground.now };
    let citation = p
        .cite("3", format!("{dimension} confirmed as it was scored"))
        .with("dimension", dimension.as_str())
        .with("score", score);
    let answered = looked.clone();
    let dossier = refrozen(p, |changed| look(changed, dimension, answered))?;
    p.tell(Deed::Review(ReviewDeed::AssessmentConfirmed { dimension, looked, dossier }), citation);
    rerate(p, Rated::Confirmed)
}

/// An assessor scores a dimension anew; the tier is computed from all of them.
pub(super) fn rescore(p: &mut Proceeding<'_>, assess: Assess) -> Result<(), Refused> {
    let dimension = assess.dimension;
    let by = require_assessor(p, dimension)?;
    let sop = scored_by(&p.now, [p.ground.sop, p.ground.newest], dimension);
    let (assessment, citation) = review::scored(p, (sop, by), &assess)?;
    let answered = assessment.clone();
    let dossier = refrozen(p, |changed| {
        look(changed, dimension, Looked::scored(&answered));
        changed.assessments.insert(dimension, answered);
    })?;
    p.tell(Deed::Review(ReviewDeed::Reassessed { dimension, assessment, dossier }), citation);
    rerate(p, Rated::Anew)?;
    match assess.override_tier {
        Some((tier, reason)) => review::override_tier(p, tier, Waiver { by, reason }),
        None => Ok(()),
    }
}

fn look(changed: &mut Exception, dimension: Dimension, looked: Looked) {
    if let Some(review) = changed.review_mut() {
        review.looked.insert(dimension, looked);
    }
}

/// The account that acts, which assesses a dimension that is asked for.
fn require_assessor(p: &Proceeding<'_>, dimension: Dimension) -> Result<PersonId, Refused> {
    let asked = &open(p, "assessment")?.assesses;
    if asked.is_empty() {
        return Err(not_asked(p, "assessment"));
    }
    if !asked.contains(&dimension) {
        let known: Vec<&str> = asked.iter().map(|dimension| dimension.as_str()).collect();
        return Err(review::unknown_dimension(&known));
    }
    let sop = scored_by(&p.now, [p.ground.sop, p.ground.newest], dimension);
    let rules = sop.document().steps.assessment.dimensions.iter().find(|rules| rules.dimension == dimension);
    let role = rules.map_or_else(|| dimension.assessor(), sop::DimensionRules::assessor);
    let by = p.require_role(&[role], "3")?.id;
    p.require_outsider("nobody assesses their own request")?;
    Ok(by)
}

/// Was something scored anew, or confirmed, which lowers nothing?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rated {
    Anew,
    Confirmed,
}

/// Rates it by what is known now, once every dimension that is asked for has a score.
fn rerate(p: &mut Proceeding<'_>, how: Rated) -> Result<(), Refused> {
    let Some((review, before)) = p.now.review().zip(p.now.rating.clone()) else { return Ok(()) };
    if review.assesses.iter().any(|dimension| !p.now.assessments.contains_key(dimension)) {
        return Ok(());
    }
    let (sop, scored) = match highest(p, true) {
        Ok(found) => found,
        Err(gap) => {
            grant::note_gap(p, gap);
            return Ok(());
        }
    };
    // What somebody set with a reason, and what nobody scored anew, is not lowered by itself.
    let stays = (before.override_by.is_some() || how == Rated::Confirmed) && before.tier > scored.tier;
    let rating = Rating {
        tier: if stays { before.tier } else { scored.tier },
        computed: Some(scored.tier),
        override_by: before.override_by.clone().filter(|_| stays),
        rule: scored.rule,
    };
    if how == Rated::Confirmed && rating.tier == before.tier {
        return Ok(());
    }
    let mut citation = Citation::sop(&sop, &rating.rule, scored.text);
    citation.facts = scored.looked_at;
    rate(p, rating, citation)
}

/// What the scores give, and by which procedure: in a re-review the higher of both.
pub(super) fn highest(p: &Proceeding<'_>, looked_at: bool) -> Result<(SopRef, Scored), Gap> {
    let facts = p.facts();
    let ours = p.ground.sop.tier(&facts)?;
    if !looked_at {
        return Ok((p.now.sop.clone(), ours));
    }
    let newest = p.ground.newest.tier(&facts)?;
    let higher = newest.tier > ours.tier;
    Ok(if higher { (p.ground.newest.reference(), newest) } else { (p.now.sop.clone(), ours) })
}

/// Gives the open round of a re-review this rating and the quorums of its tier, never less than it was opened with:
/// a lower tier would outlive a round that nobody confirms, so whoever needs less asks for it in a new request.
pub(super) fn rate(p: &mut Proceeding<'_>, rating: Rating, citation: Citation) -> Result<(), Refused> {
    let floor = p.now.review().map_or(rating.tier, |review| review.tier);
    let rating = Rating { tier: rating.tier.max(floor), ..rating };
    let quorums = quorums(p, rating.tier);
    let (given, asked) = (rating.clone(), quorums.clone());
    let dossier = refrozen(p, |changed| {
        changed.rating = Some(given);
        if let Some(round) = changed.state.round_mut() {
            (round.tier, round.quorums) = (changed.rating.as_ref().map_or(round.tier, |rating| rating.tier), asked);
        }
    })?;
    p.tell(Deed::Review(ReviewDeed::Rerated { rating, quorums, dossier }), citation);
    Ok(())
}

/// Those of a higher tier in the place of those it was opened with, those of a lower one beside them.
fn quorums(p: &Proceeding<'_>, tier: Tier) -> Vec<Quorum> {
    let Some(review) = p.now.review() else { return Vec::new() };
    let rules = [p.ground.sop, p.ground.newest].map(|sop| sop.document().tiers.get(&tier));
    let mut all = if tier > review.tier { Vec::new() } else { review.quorums.clone() };
    for quorum in rules.into_iter().flatten().map(|rules| &rules.quorum) {
        if !all.contains(quorum) {
            all.push(quorum.clone());
        }
    }
    // At a tier that no procedure names nobody approves, and the round keeps what it asked for.
    if all.is_empty() { review.quorums.clone() } else { all }
}

/// The dossier once `answer` was given. Nobody has approved that one.
fn refrozen(p: &mut Proceeding<'_>, answer: impl FnOnce(&mut Exception)) -> Result<Hash, Refused> {
    void_all(p, "dossier_changed", None);
    let mut changed = p.now.clone();
    answer(&mut changed);
    decision::reopened(&changed)
}

/// Nobody confirms a re-review before everything that it asks is answered, nor at a tier that allows none.
pub(super) fn require_answers(p: &Proceeding<'_>) -> Result<(), Refused> {
    let Some(review) = p.now.review() else { return Ok(()) };
    let awaits = review.awaits();
    if !awaits.is_empty() {
        let text = "a re-review is confirmed once the monitoring owner and the assessors who are asked have answered";
        let citation = p.cite("7", text).with("awaits", awaits.clone());
        return Err(Refusal::ReviewIncomplete { awaits }.citing(citation));
    }
    if !p.now.gaps.is_empty() {
        let gaps: Vec<String> = p.now.gaps.keys().cloned().collect();
        let text = "a rule that could not be evaluated is settled by governance first";
        return Err(Refusal::GapOpen { gaps: gaps.clone() }.citing(p.cite("3", text).with("gaps", gaps)));
    }
    Ok(())
}

/// What was found in a re-review may be of a tier that the procedure does not allow, or not for what has no end: then
/// nothing confirms or resumes it.
pub(super) fn require_tier(p: &Proceeding<'_>) -> Result<(), Refused> {
    let round = p.round()?;
    let tier = round.tier;
    if round.kind == RoundKind::Initial {
        return Ok(());
    }
    let citation =
        || p.cite("5", format!("found to be of tier {tier}, at which it is not allowed")).with("tier", tier.as_str());
    let Some(bounds) = grant::bounds(p, tier) else { return Err(Refusal::TierNotAllowed { tier }.citing(citation())) };
    if p.now.request.is_permanent() && bounds.permanent_days.is_none() {
        let detail = format!("at tier {tier} nothing is permanent: deny it, and let it be asked for with an end");
        return Err(Refusal::PeriodNotAllowed { pointer: "/dossier", detail }.citing(citation()));
    }
    Ok(())
}

/// Whoever confirms what the monitoring owner did not attest says why.
pub(super) fn require_departure(p: &Proceeding<'_>, departure: Option<&Sealed>) -> Result<(), Refused> {
    let attested = p.now.review().and_then(|review| review.attestation.as_ref());
    match attested.filter(|attested| attested.is_no() && departure.is_none()) {
        Some(attested) => {
            let citation = p
                .cite("7", "the monitoring owner attested a no")
                .with("needed", attested.needed)
                .with("kept", attested.kept);
            Err(Refusal::DepartureUnexplained.citing(citation))
        }
        None => Ok(()),
    }
}

fn invalid(pointer: &str, code: &'static str, detail: String) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail }.into()
}
