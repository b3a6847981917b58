//! From the wire to the domain: texts are sealed with fresh salts, and texts that did not change keep
//! their commitments, so that an amended request's dossier differs only where it does.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    clock::{Random, Stream},
    domain::request::{Attachment, Extra, ProposedControl, Request, Scope, System, Term, Time},
    sop::Sop,
    web::{
        api::{
            exception::request::{ControlBody, RequestBody, ScopeBody, SystemBody},
            text::{ERASED, Own, Slug},
        },
        problem::{Problem, codes},
    },
    words::{AttachmentId, ControlId, Hash, Opening, Sealed, Sealer},
};

/// The request as it was before, with the texts that could be opened.
#[derive(Debug, Clone, Copy)]
pub struct Before<'b> {
    /// The request.
    pub request: &'b Request,
    /// What opens its commitments; erased texts are missing.
    pub texts: &'b BTreeMap<Hash, String>,
}

/// What a request is made with.
pub struct Making<'m> {
    /// Where salts and ids come from.
    pub random: &'m Random,
    /// The time, for ids.
    pub now: Time,
    /// The procedure, which knows which of its fields are codes.
    pub sop: &'m Sop,
    /// What it was before, if it was.
    pub before: Option<Before<'m>>,
}

/// The domain's request, and what opens its commitments.
pub fn sealed(body: &RequestBody, making: &Making<'_>) -> Result<(Request, Vec<Opening>), Problem> {
    let mut salts: Stream = making.random.stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut sealing = Sealing { sealer: Sealer::new(&mut draw), making };
    let request = sealing.request(body)?;
    Ok((request, sealing.sealer.into_openings()))
}

struct Sealing<'s, 'm> {
    sealer: Sealer<'s>,
    making: &'m Making<'m>,
}

impl<'m> Sealing<'_, 'm> {
    fn request(&mut self, body: &RequestBody) -> Result<Request, Problem> {
        let before = self.making.before.map(|before| before.request);
        let was = |field: fn(&Request) -> &Option<Sealed>| before.and_then(|request| field(request).as_ref());
        Ok(Request {
            title: self.text("title", body.title.as_ref(), was(|r| &r.title)),
            kind: body.kind,
            clauses: codes_of(&body.clauses, |clause| clause.as_str()),
            justification: self.text("justification", body.justification.as_ref(), was(|r| &r.justification)),
            alternatives: self.text("alternatives", body.alternatives.as_ref(), was(|r| &r.alternatives)),
            scope: self.scope(&body.scope, before.map(|request| &request.scope)),
            start: body.start.map(|start| start.0),
            term: self.term(body, before),
            impact_if_denied: self.text(
                "impact_if_denied",
                body.impact_if_denied.as_ref(),
                was(|r| &r.impact_if_denied),
            ),
            controls: self.controls(&body.controls, before)?,
            sponsor: body.sponsor,
            beneficiary: body.beneficiary,
            monitoring_owner: body.monitoring_owner,
            affected_teams: slugs(&body.affected_teams),
            regulations: slugs(&body.regulations),
            screening: body.screening.iter().map(|(code, answer)| (code.as_str().to_owned(), *answer)).collect(),
            attachments: attachments(before),
            source_ticket: self.text("source_ticket", body.source_ticket.as_ref(), was(|r| &r.source_ticket)),
            confidential: body.confidential,
            readers: body.readers.iter().copied().collect(),
            renews: body.renews,
            extra: body
                .extra
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), self.own(name, value, before)))
                .collect(),
        })
    }

    fn scope(&mut self, body: &ScopeBody, before: Option<&'m Scope>) -> Scope {
        let systems = body.systems.iter().enumerate();
        let systems =
            systems.map(|(at, system)| self.system(system, before.and_then(|scope| scope.systems.get(at)))).collect();
        let purpose = body.purpose.as_ref();
        Scope {
            systems,
            purpose: self.text("scope/purpose", purpose, before.and_then(|scope| scope.purpose.as_ref())),
            data_classes: body.data_classes.iter().copied().collect(),
            people: body.people.iter().copied().collect(),
            groups: slugs(&body.groups),
            agents: slugs(&body.agents),
            actions: slugs(&body.actions),
            business_unit: body.business_unit.as_ref().map(|unit| unit.as_str().to_owned()),
            regions: slugs(&body.regions),
        }
    }

    fn system(&mut self, body: &SystemBody, before: Option<&'m System>) -> System {
        let (vendor, version) = (body.vendor.as_ref(), body.version.as_ref());
        System {
            id: body.id.as_ref().map(|id| id.as_str().to_owned()),
            name: self.said("system/name", body.name.as_str(), before.map(|system| &system.name)),
            vendor: self.text("system/vendor", vendor, before.and_then(|system| system.vendor.as_ref())),
            version: self.text("system/version", version, before.and_then(|system| system.version.as_ref())),
        }
    }

    fn term(&mut self, body: &RequestBody, before: Option<&'m Request>) -> Option<Term> {
        let was = match before.and_then(|request| request.term.as_ref()) {
            Some(Term::Permanent(reason)) => Some(reason),
            Some(Term::Until(_) | Term::Days(_)) | None => None,
        };
        let until = body.end.map(|end| Term::Until(end.0)).or(body.duration_days.map(Term::Days));
        let reason = body.permanent_reason.as_ref();
        until.or_else(|| self.text("permanent_reason", reason, was).map(Term::Permanent))
    }

    fn controls(
        &mut self,
        bodies: &[ControlBody],
        before: Option<&'m Request>,
    ) -> Result<BTreeMap<ControlId, ProposedControl>, Problem> {
        let mut controls = BTreeMap::new();
        for (at, body) in bodies.iter().enumerate() {
            let was = body.id.and_then(|id| before?.controls.get(&id));
            let id = match body.id {
                Some(id) if was.is_some() && !controls.contains_key(&id) => id,
                Some(_) => return Err(unknown_control(at)),
                None => ControlId(self.making.random.uuid_v7(self.making.now).map_err(Problem::internal)?),
            };
            controls.insert(id, self.control(body, was));
        }
        Ok(controls)
    }

    fn control(&mut self, body: &ControlBody, before: Option<&'m ProposedControl>) -> ProposedControl {
        let evidence = body.evidence.as_ref();
        ProposedControl {
            text: self.said("control/text", body.text.as_str(), before.map(|control| &control.text)),
            owner: body.owner,
            due: body.due.map(|due| due.0),
            cadence_days: body.cadence_days,
            evidence: self.text("control/evidence", evidence, before.and_then(|control| control.evidence.as_ref())),
        }
    }

    fn own(&mut self, name: &Slug, value: &Own, before: Option<&'m Request>) -> Extra {
        match value {
            Own::Flag(flag) => Extra::Flag(*flag),
            Own::Number(number) => Extra::Number(*number),
            Own::Text(text) if self.making.sop.extra_code(name.as_str()) => Extra::Code(text.as_str().to_owned()),
            Own::Text(text) => {
                let was = match before.and_then(|request| request.extra.get(name.as_str())) {
                    Some(Extra::Text(sealed)) => Some(sealed),
                    Some(Extra::Flag(_) | Extra::Number(_) | Extra::Code(_)) | None => None,
                };
                Extra::Text(self.said(&format!("extra/{}", name.as_str()), text.as_str(), was))
            }
        }
    }

    /// Seals a text that may be absent. One that was erased cannot be shown, so leaving it out keeps it.
    fn text<T: AsRef<str>>(&mut self, field: &str, text: Option<&T>, before: Option<&Sealed>) -> Option<Sealed> {
        match text {
            Some(text) => Some(self.said(field, text.as_ref(), before)),
            None => before.filter(|sealed| !self.is_open(sealed)).cloned(),
        }
    }

    /// Seals a text, or keeps the commitment to the same one.
    fn said(&mut self, field: &str, text: &str, before: Option<&Sealed>) -> Sealed {
        let known =
            before.and_then(|sealed| Some((sealed, self.making.before?.texts.get(&sealed.commitment)?.as_str())));
        match before.filter(|sealed| text == ERASED && !self.is_open(sealed)) {
            Some(erased) => erased.clone(),
            None => self.sealer.reseal(&format!("request/{field}"), text, known),
        }
    }

    fn is_open(&self, sealed: &Sealed) -> bool {
        self.making.before.is_some_and(|before| before.texts.contains_key(&sealed.commitment))
    }
}

fn unknown_control(at: usize) -> Problem {
    let detail = "leave `id` out for a new control; repeat it, once, to keep one";
    Problem::field(codes::UNKNOWN_CONTROL, format!("/controls/{at}/id"), detail)
}

fn attachments(before: Option<&Request>) -> BTreeMap<AttachmentId, Attachment> {
    before.map(|request| request.attachments.clone()).unwrap_or_default()
}

fn codes_of<T>(items: &[T], text: impl Fn(&T) -> &str) -> BTreeSet<String> {
    items.iter().map(|item| text(item).to_owned()).collect()
}

fn slugs(items: &[Slug]) -> BTreeSet<String> {
    codes_of(items, Slug::as_str)
}
