//! What every handler of the interface starts from: who asks, then what they sent, in this order, so that
//! a stranger learns nothing of bodies. It knows no resource.

use std::{pin::Pin, str::FromStr};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use super::{Web, actor::actor, conditional, idempotency::Key, problem::Problem};
use crate::{
    desk::Find,
    domain::person::By,
    store::IdempotencyKey,
    words::{Hash, PersonId},
};

/// An authenticated request with its body `B`; `()` for none.
#[derive(Debug)]
pub struct Call<B = ()> {
    /// The service.
    pub web: Data<Web>,
    /// Who asks.
    pub by: By,
    /// The request's head.
    pub request: HttpRequest,
    /// What was sent.
    pub body: B,
}

impl<B> FromRequest for Call<B>
where
    B: FromRequest<Error: Into<actix_web::Error>> + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let web = Web::of(&request)?.clone();
            let by = actor(&web, &request).await?;
            let body = B::from_request(&request, &mut payload).await.map_err(Into::into)?;
            Ok(Self { web, by, request, body })
        })
    }
}

impl<B> Call<B> {
    /// The call without its body, and the body.
    pub fn parted(self) -> (Call, B) {
        let Self { web, by, request, body } = self;
        (Call { web, by, request, body: () }, body)
    }

    /// The exception that the path names: an id or a number.
    pub fn target(&self) -> Result<Find, Problem> {
        let text = self.request.match_info().query("id");
        named(text).ok_or_else(|| Problem::not_found("exception"))
    }

    /// An id in the path.
    pub fn id<I: FromStr>(&self, name: &str, what: &str) -> Result<I, Problem> {
        let text = self.request.match_info().query(name);
        text.parse().ok().filter(|_| text.len() == 36).ok_or_else(|| Problem::not_found(what))
    }

    /// The version that was looked at, where the client says so.
    pub fn expected(&self) -> Result<Option<u64>, Problem> {
        conditional::expected(&self.request)
    }

    /// The idempotency key for what is asked, where the client sent one.
    pub fn key(&self, verb: String, body: Hash) -> Result<Option<IdempotencyKey>, Problem> {
        Ok(Key::of(&self.request)?.and_then(|key| key.asking(&self.by, verb, body)))
    }

    /// May it be a request that was sent before?
    pub fn is_keyed(&self) -> bool {
        matches!(Key::of(&self.request), Ok(Some(_)))
    }

    /// The account that asks.
    pub fn person(&self) -> Result<PersonId, Problem> {
        self.by.person().ok_or_else(|| Problem::not_found("person"))
    }
}

/// The exception that a text names: an id or a number.
pub fn named(text: &str) -> Option<Find> {
    if let Some((year, count)) = text.strip_prefix("EX-").and_then(|rest| rest.split_once('-')) {
        let digits = |part: &str, least| part.len() >= least && part.bytes().all(|byte| byte.is_ascii_digit());
        let sound = digits(year, 4) && digits(count, 6) && text.len() <= 30;
        return sound.then(|| Find::Number(text.to_owned()));
    }
    (text.len() == 36).then(|| text.parse().ok().map(Find::Id)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_named_by_id_or_number() {
        assert!(matches!(named("EX-2026-000042"), Some(Find::Number(_))));
        assert!(matches!(named("01977d3c-7a10-7000-8000-000000000001"), Some(Find::Id(_))));
        for odd in ["", "EX-2026-42", "EX-26-000042", "ex-2026-000042", "EX-2026-0000x2", "{01977d3c}", "a/b"] {
            assert!(named(odd).is_none(), "{odd}");
        }
    }
}
