//! The list of exceptions as an OSCAL plan, read page by page while it is sent.

use actix_web::{HttpResponse, web::Bytes};
use futures_util::{Stream, StreamExt, stream};

use super::{Found, Listed};
use crate::{
    domain::exception::Exception,
    reports::oscal::{Plan, Risk},
    web::{
        export::{attachment, contents},
        problem::{Problem, codes},
    },
    words::Hash,
};

/// All rows as a plan. A plan has at least one item, so an empty list is refused.
pub(super) async fn answer(listed: Listed) -> Result<HttpResponse, Problem> {
    let (plan, head) = Plan::begin(listed.call.web.settings.origin.as_str(), listed.now)?;
    let mut pages = Box::pin(listed.found(texts));
    let mut sending = Sending { plan };
    let first = sending.written(pages.next().await.transpose()?.as_ref())?;
    if first.is_empty() {
        return Err(Problem::new(codes::INVALID_VALUE, "there is no such exception, and a plan has at least one item"));
    }
    let head = stream::iter([Ok(Bytes::from(head)), Ok(Bytes::from(first))]);
    let rest = stream::unfold(Some((sending, pages)), |state| async move {
        let (mut sending, mut pages) = state?;
        match pages.next().await {
            None => Some((Ok(Part::End(Box::new(sending))), None)),
            Some(page) => match page.and_then(|found| sending.written(Some(&found))) {
                Ok(bytes) => Some((Ok(Part::Bytes(bytes)), Some((sending, pages)))),
                Err(problem) => Some((Err(problem), None)),
            },
        }
    });
    let body = head.chain(rest.map(Part::told).flatten());
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(attachment("exceptions.oscal", "json"))
        .streaming(body))
}

/// A plan on its way.
struct Sending {
    plan: Plan,
}

/// What comes next.
enum Part {
    Bytes(Vec<u8>),
    End(Box<Sending>),
}

type Told = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, Problem>>>>;

impl Part {
    fn told(part: Result<Self, Problem>) -> Told {
        match part {
            Ok(Self::Bytes(bytes)) => Box::pin(stream::iter([Ok(bytes.into())])),
            Ok(Self::End(sending)) => match sending.plan.end() {
                Ok(Some((before, items, after))) => {
                    let text = |text: &'static str| stream::iter([Ok(Bytes::from_static(text.as_bytes()))]);
                    Box::pin(text(before).chain(contents(items)).chain(text(after)))
                }
                Ok(None) => Box::pin(stream::empty()),
                Err(error) => Box::pin(stream::iter([Err(error.into())])),
            },
            Err(problem) => Box::pin(stream::iter([Err(problem)])),
        }
    }
}

impl Sending {
    fn written(&mut self, found: Option<&Found>) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        for (one, _) in found.into_iter().flat_map(|found| &found.what) {
            let texts = found.map(|found| &found.texts);
            let open = |hash: Hash| texts.and_then(|texts| texts.get(&hash)).cloned();
            bytes.extend(self.plan.push(&risk(one, open))?);
        }
        Ok(bytes)
    }
}

fn risk(of: &Exception, open: impl Fn(Hash) -> Option<String>) -> Risk {
    let request = &of.request;
    Risk {
        id: of.id,
        number: of.number.clone(),
        title: request.title.as_ref().and_then(|title| open(title.commitment)),
        justification: request.justification.as_ref().and_then(|text| open(text.commitment)),
        state: of.state.name(),
        tier: of.tier(),
        clauses: request.clauses.iter().cloned().collect(),
        until: of.effective_until(),
        controls: request.controls.values().filter_map(|control| open(control.text.commitment)).collect(),
    }
}

fn texts(of: &Exception) -> Vec<Hash> {
    let controls = of.request.controls.values().map(|control| control.text.commitment);
    super::reasons(of).into_iter().chain(controls).collect()
}
