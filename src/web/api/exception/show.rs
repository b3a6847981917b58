//! From the domain to the wire: a request with its texts opened. What was erased shows as absent, or as
//! `[erased]` where something must stand, and is named with its commitment.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::request::{Extra, ProposedControl, Request, Scope, System, Term},
    web::api::{
        exception::request::{ControlBody, RequestBody, ScopeBody, SystemBody},
        text::{ERASED, Label, Line, Name, Own, Slug, Statement, Text},
    },
    words::{ControlId, Hash, Sealed, SopRef},
};

/// A text of the record: what it says while it is kept, and what commits to it for ever.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opened {
    /// The text; `null` once it was erased.
    pub text: Option<String>,
    /// The commitment that stands in the ledger.
    pub commitment: Hash,
}

/// An erased text of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Erased {
    /// Where it stood in `request`, as a JSON Pointer.
    pub pointer: String,
    /// The commitment that stands in the ledger.
    pub commitment: Hash,
    /// How many characters it had.
    pub characters: u32,
}

/// Opens what can be opened.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'t>(pub &'t BTreeMap<Hash, String>);

impl Texts<'_> {
    /// The text or its absence.
    pub fn open(&self, sealed: &Sealed) -> Opened {
        Opened { text: self.0.get(&sealed.commitment).cloned(), commitment: sealed.commitment }
    }
}

/// Shows a request of the procedure `sop`, and what of it was erased.
pub fn request(request: &Request, sop: &SopRef, texts: Texts<'_>) -> (RequestBody, Vec<Erased>) {
    let mut showing = Showing { texts, erased: Vec::new() };
    let body = showing.request(request, sop);
    (body, showing.erased)
}

struct Showing<'t> {
    texts: Texts<'t>,
    erased: Vec<Erased>,
}

impl Showing<'_> {
    fn request(&mut self, request: &Request, sop: &SopRef) -> RequestBody {
        let (end, duration_days, permanent) = match &request.term {
            Some(Term::Until(end)) => (Some((*end).into()), None, None),
            Some(Term::Days(days)) => (None, Some(*days), None),
            Some(Term::Permanent(reason)) => (None, None, Some(reason)),
            None => (None, None, None),
        };
        RequestBody {
            sop: Some(Slug::known(&sop.id)),
            title: self.text("/title", request.title.as_ref()).map(|text| Line::known(&text)),
            kind: request.kind,
            clauses: request.clauses.iter().map(|clause| Name::known(clause)).collect(),
            justification: self.long("/justification", request.justification.as_ref()),
            alternatives: self.long("/alternatives", request.alternatives.as_ref()),
            scope: self.scope(&request.scope),
            start: request.start.map(Into::into),
            end,
            duration_days,
            permanent_reason: self.long("/permanent_reason", permanent),
            impact_if_denied: self.long("/impact_if_denied", request.impact_if_denied.as_ref()),
            controls: request.controls.iter().enumerate().map(|(at, control)| self.control(at, control)).collect(),
            sponsor: request.sponsor,
            beneficiary: request.beneficiary,
            monitoring_owner: request.monitoring_owner,
            affected_teams: slugs(&request.affected_teams),
            regulations: slugs(&request.regulations),
            screening: request.screening.iter().map(|(code, answer)| (Slug::known(code), *answer)).collect(),
            source_ticket: self.text("/source_ticket", request.source_ticket.as_ref()).map(|text| Line::known(&text)),
            confidential: request.confidential,
            readers: request.readers.iter().copied().collect(),
            renews: request.renews,
            extra: request.extra.iter().map(|(name, value)| (Slug::known(name), self.own(name, value))).collect(),
        }
    }

    fn scope(&mut self, scope: &Scope) -> ScopeBody {
        ScopeBody {
            systems: scope.systems.iter().enumerate().map(|(at, system)| self.system(at, system)).collect(),
            purpose: self.long("/scope/purpose", scope.purpose.as_ref()),
            data_classes: scope.data_classes.iter().copied().collect(),
            people: scope.people.iter().copied().collect(),
            groups: slugs(&scope.groups),
            agents: slugs(&scope.agents),
            actions: slugs(&scope.actions),
            business_unit: scope.business_unit.as_deref().map(Slug::known),
            regions: slugs(&scope.regions),
        }
    }

    fn system(&mut self, at: usize, system: &System) -> SystemBody {
        let name = self.text(&format!("/scope/systems/{at}/name"), Some(&system.name));
        let vendor = self.text(&format!("/scope/systems/{at}/vendor"), system.vendor.as_ref());
        let version = self.text(&format!("/scope/systems/{at}/version"), system.version.as_ref());
        SystemBody {
            id: system.id.as_deref().map(Name::known),
            name: Label::known(name.as_deref().unwrap_or(ERASED)),
            vendor: vendor.map(|text| Line::known(&text)),
            version: version.map(|text| Line::known(&text)),
        }
    }

    fn control(&mut self, at: usize, (id, control): (&ControlId, &ProposedControl)) -> ControlBody {
        let text = self.text(&format!("/controls/{at}/text"), Some(&control.text));
        ControlBody {
            id: Some(*id),
            text: Statement::known(text.as_deref().unwrap_or(ERASED)),
            owner: control.owner,
            due: control.due.map(Into::into),
            cadence_days: control.cadence_days,
            evidence: self.long(&format!("/controls/{at}/evidence"), control.evidence.as_ref()),
        }
    }

    fn own(&mut self, name: &str, value: &Extra) -> Own {
        match value {
            Extra::Flag(flag) => Own::Flag(*flag),
            Extra::Number(number) => Own::Number(*number),
            Extra::Code(code) => Own::Text(Text::known(code)),
            Extra::Text(sealed) => {
                let text = self.text(&format!("/extra/{name}"), Some(sealed));
                Own::Text(Text::known(text.as_deref().unwrap_or(ERASED)))
            }
        }
    }

    fn long(&mut self, pointer: &str, sealed: Option<&Sealed>) -> Option<Text> {
        self.text(pointer, sealed).map(|text| Text::known(&text))
    }

    fn text(&mut self, pointer: &str, sealed: Option<&Sealed>) -> Option<String> {
        let sealed = sealed?;
        let opened = self.texts.0.get(&sealed.commitment).cloned();
        if opened.is_none() {
            let (commitment, characters) = (sealed.commitment, sealed.chars);
            self.erased.push(Erased { pointer: pointer.to_owned(), commitment, characters });
        }
        opened
    }
}

fn slugs<'s>(codes: impl IntoIterator<Item = &'s String>) -> Vec<Slug> {
    codes.into_iter().map(|code| Slug::known(code)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        clock::Random,
        sop::Sop,
        web::{
            api::exception::seal::{Before, Making, sealed},
            json::checked,
        },
    };

    fn body() -> RequestBody {
        checked(json!({
            "title": "Summaries", "justification": "Because", "kind": "ai_usage",
            "scope": { "systems": [{ "name": "Model", "vendor": "Maker" }], "regions": ["eu"], "business_unit": "retail" },
            "permanent_reason": "For good", "controls": [{ "text": "Masking" }], "extra": { "note": "free", "count": 3 }
        }))
        .expect("a request")
    }

    struct Made {
        request: Request,
        texts: BTreeMap<Hash, String>,
    }

    fn make(body: &RequestBody, before: Option<&Made>, seed: u64) -> Made {
        let sops = Sop::builtin().expect("procedures");
        let now = "2026-03-01T12:00:00Z".parse().expect("a time");
        let mut texts = before.map(|made| made.texts.clone()).unwrap_or_default();
        let before = before.map(|made| Before { request: &made.request, texts: &made.texts });
        let making = Making { random: &Random::seeded(seed), now, sop: &sops[0], before };
        let (request, openings) = sealed(body, &making).expect("sealed");
        texts.extend(openings.into_iter().map(|opening| (opening.commitment, opening.value)));
        Made { request, texts }
    }

    fn shown(made: &Made) -> (RequestBody, Vec<Erased>) {
        let sop = Sop::builtin().expect("procedures")[0].reference();
        request(&made.request, &sop, Texts(&made.texts))
    }

    #[test]
    fn what_is_shown_and_sent_back_changes_nothing() {
        let made = make(&body(), None, 1);
        let (again, erased) = shown(&made);
        assert!(erased.is_empty());
        let read: RequestBody = checked(serde_json::to_value(&again).expect("JSON")).expect("readable");
        assert_eq!(make(&read, Some(&made), 2).request, made.request);
    }

    #[test]
    fn only_a_changed_text_gets_a_new_commitment() {
        let made = make(&body(), None, 1);
        let mut changed = shown(&made).0;
        changed.title = Some(Line::known("Another"));
        let after = make(&changed, Some(&made), 2).request;
        assert_ne!(after.title, made.request.title);
        assert_eq!(Request { title: made.request.title.clone(), ..after }, made.request);
    }

    #[test]
    fn erased_texts_are_named_and_survive_an_amendment() {
        let mut made = make(&body(), None, 1);
        made.texts.clear();
        let (shown, erased) = shown(&made);
        let pointers: Vec<&str> = erased.iter().map(|one| one.pointer.as_str()).collect();
        assert!(pointers.contains(&"/title") && pointers.contains(&"/scope/systems/0/name"), "{pointers:?}");
        assert_eq!(serde_json::to_value(&shown).expect("JSON")["title"], Value::Null);
        assert_eq!(make(&shown, Some(&made), 2).request, made.request);
    }

    #[test]
    fn a_foreign_control_id_is_refused() {
        let made = make(&body(), None, 1);
        let twice = [shown(&made).0.controls, shown(&made).0.controls].concat();
        let body = RequestBody { controls: twice, ..body() };
        let sops = Sop::builtin().expect("procedures");
        let now = "2026-03-01T12:00:00Z".parse().expect("a time");
        let before = Some(Before { request: &made.request, texts: &made.texts });
        let refused = sealed(&body, &Making { random: &Random::seeded(1), now, sop: &sops[0], before });
        assert_eq!(refused.expect_err("twice").code(), "unknown_control");
    }
}
