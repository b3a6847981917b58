//! What a re-review asks before anybody confirms it: the monitoring owner attests, assessors confirm what was scored
//! or score it anew. What is asked stands with the round when it is opened, by the procedure submitted under and by
//! the newest; an answer makes another dossier, and a higher tier asks for that tier's quorum as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        command::Assess,
        event::Deed,
        exception::{Cause, Exception, Rating, Waiver},
        refusal::{Refusal, Refused},
        request::Time,
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

/// What is asked because of a cause: what either procedure asks, and why it could not be told of whom.
pub(super) fn asked(p: &Proceeding<'_>, cause: &str) -> Option<(Review, Option<Gap>)> {
    let tier = p.now.tier()?;
    let reviewed = Reviewed { tier, kind: p.now.request.kind, cause };
    let procedures = [p.ground.sop, p.ground.newest];
    let attests = procedures.iter().any(|sop| sop.document().asks_to_attest(reviewed));
    let assesses = procedures.iter().any(|sop| sop.document().asks_to_reassess(reviewed));
    let (assesses, gap) = if assesses { dimensions(p) } else { (BTreeSet::new(), None) };
    let review = Review {
        tier,
        quorums: quorums_of(p, tier),
        causes: BTreeSet::from([cause.to_owned()]),
        attests,
        assesses,
        attestation: None,
        denials: Vec::new(),
        looked: BTreeMap::new(),
    };
    (attests || !review.assesses.is_empty() || gap.is_some()).then_some((review, gap))
}

/// The dimensions that were assessed, and those that the newest procedure needs by now, unless that cannot be told.
fn dimensions(p: &Proceeding<'_>) -> (BTreeSet<Dimension>, Option<Gap>) {
    let mut all: BTreeSet<Dimension> = p.now.assessments.keys().copied().collect();
    match p.ground.newest.dimensions(&p.facts()) {
        Ok(needed) => {
            all.extend(needed.into_iter().map(|rules| rules.dimension));
            (all, None)
        }
        Err(found) => (all, Some(Gap { rule: "3".to_owned(), ..found })),
    }
}

/// The quorums of what is open, or those that a round at this tier would have.
fn quorums_of(p: &Proceeding<'_>, tier: Tier) -> Vec<Quorum> {
    if let Some(round) = p.now.state.round().filter(|_| p.now.is_questioned()) {
        return round.quorums.clone();
    }
    let rules = [p.ground.sop, p.ground.newest].map(|sop| sop.document().tiers.get(&tier).map(|rules| &rules.quorum));
    let [Some(submitted), Some(published)] = rules else { return Vec::new() };
    sop::stricter(submitted, published)
}

/// What a round asks for that is opened with these quorums: a re-review is opened with just those; what was asked
/// before a suspension still is, and the quorums that it was opened with are filled as well.
pub(super) fn opened(
    review: Option<Review>,
    (kind, tier): (RoundKind, Tier),
    quorums: Vec<Quorum>,
) -> (Vec<Quorum>, Option<Review>) {
    let Some(review) = review else { return (quorums, None) };
    if kind == RoundKind::ReReview {
        return (quorums.clone(), Some(Review { quorums, ..review }));
    }
    let mut all = quorums;
    let more: Vec<Quorum> =
        review.quorums.iter().filter(|one| tier <= review.tier && !all.contains(one)).cloned().collect();
    all.extend(more);
    (all, Some(review))
}

/// Whose questions a suspension for `cause` brings: the end of a re-review that nobody settled has none of its own,
/// and where none could be opened, they are those of the re-review that was due.
pub(super) fn asking<'c>(now: &Exception, cause: &'c Cause) -> Option<&'c str> {
    match (cause.is_overdue(), now.is_reopened()) {
        (true, true) => None,
        (true, false) => Some(Cause::REVIEW_DUE),
        (false, _) => Some(&cause.code),
    }
}

/// A cause that arrives while it is looked at again, or while it is suspended, asks as well; what was answered before
/// it is asked anew, as far as it asks for that.
pub(super) fn widen(p: &mut Proceeding<'_>, cause: &str, since: Option<Time>) {
    if !p.now.is_questioned() {
        return;
    }
    let Some((more, gap)) = asked(p, cause) else { return };
    let review = match p.now.review() {
        Some(open) => open.clone().and(&more),
        None => more,
    };
    let whole = review.clone();
    let Ok(dossier) = refrozen(p, |changed| changed.put_review(whole)) else { return };
    let citation = p
        .cite("7", format!("more is asked before it is confirmed: {cause}"))
        .with("cause", cause)
        .with("awaits", review.awaits());
    let deed = Deed::Review(ReviewDeed::Asked { cause: cause.to_owned(), review: Box::new(review), dossier });
    match since {
        Some(since) => p.tell_since(deed, citation, since),
        None => p.tell(deed, citation),
    }
    if let Some(gap) = gap {
        grant::note_gap(p, gap);
    }
}

/// The procedure by whose criteria a dimension is scored: where it is looked at again the newest, if it knows the
/// dimension.
pub fn scored_by<'s>(exception: &Exception, [sop, newest]: [&'s Sop; 2], dimension: Dimension) -> &'s Sop {
    let dimensions = &newest.document().steps.assessment.dimensions;
    let known = dimensions.iter().any(|rules| rules.dimension == dimension);
    if known && exception.is_questioned() { newest } else { sop }
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
            review.attest(answered);
        }
    })?;
    p.tell(Deed::Review(ReviewDeed::Attested { attestation, dossier }), citation);
    Ok(())
}

/// Whoever acts may attest: they were named for that, or govern where nobody who was may and is there.
fn require_monitor(p: &Proceeding<'_>) -> Result<PersonId, Refused> {
    let (people, now) = (p.ground.people, p.ground.now);
    if let Some(acts) = p.actor().filter(|acts| p.now.may_attest(people, acts, now)) {
        return Ok(acts.id);
    }
    if !p.now.attester(people).is_some_and(|owner| owner.is_there(now)) {
        p.require_role(&[Role::Governance], "7")?;
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
    let open = p.now.state.round().filter(|round| round.tier == tier).into_iter().flat_map(|round| &round.quorums);
    for quorum in open.chain(rules.into_iter().flatten().map(|rules| &rules.quorum)) {
        if !all.contains(quorum) {
            all.push(quorum.clone());
        }
    }
    // At a tier that no procedure names nobody approves, and the round keeps what it asked for.
    if all.is_empty() { review.quorums.clone() } else { all }
}

/// The dossier once `answer` was given, where a round is open. Nobody has approved that one.
fn refrozen(p: &mut Proceeding<'_>, answer: impl FnOnce(&mut Exception)) -> Result<Option<Hash>, Refused> {
    void_all(p, "dossier_changed", None);
    let mut changed = p.now.clone();
    answer(&mut changed);
    if changed.state.round().is_none() {
        return Ok(None);
    }
    decision::reopened(&changed).map(Some)
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
    let attested = p.now.review().and_then(Review::denial);
    match attested.filter(|_| departure.is_none()) {
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
