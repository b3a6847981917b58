//! Tokens for a client's secret (RFC 6749 §4.4, with the credentials in the body as §2.3.1 allows), asked for
//! when one is needed and kept while they hold.

use std::sync::PoisonError;

use chrono::Duration;
use serde_json::Value;

use super::{Fault, Sender, form, words_of};
use crate::{
    connect::{
        connector::{Connector, Secret},
        document::Method,
    },
    domain::request::Time,
};

/// How long a token is kept whose end is not told.
const USUAL: Duration = Duration::minutes(10);

/// A token and until when it is used.
pub(super) struct Token {
    value: Secret,
    until: Time,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(until {})", self.until)
    }
}

impl Sender {
    /// A token for the connector.
    pub(super) fn token(&self, connector: &Connector, secret: &str, now: Time) -> Result<String, Fault> {
        let kept = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = kept.get(&connector.name).filter(|token| now < token.until) {
            return Ok(token.value.reveal().to_owned());
        }
        drop(kept);
        let token = self.fetch(connector, secret, now)?;
        let value = token.value.reveal().to_owned();
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(connector.name.clone(), token);
        Ok(value)
    }

    /// What was refused is not shown again.
    pub(super) fn forget_token(&self, connector: &Connector) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&connector.name);
    }

    fn fetch(&self, connector: &Connector, secret: &str, now: Time) -> Result<Token, Fault> {
        let credentials = &connector.credentials;
        let client = form(credentials.client_id.as_deref().unwrap_or_default())?;
        let mut body = format!("grant_type=client_credentials&client_id={client}&client_secret={}", form(secret)?);
        if let Some(scope) = &credentials.scope {
            body.extend(["&scope=", &form(scope)?]);
        }
        let path = connector.template.token_path.as_deref().unwrap_or("/oauth/token");
        let headers = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
        let url = format!("{}{path}", connector.base);
        let answer = self.send((Method::Post, &url), &headers, body.as_bytes())?;
        if !answer.is_success() {
            let error =
                format!("no token: {} answered {}{}", connector.kind, answer.status, words_of(connector, &answer, &[]));
            return Err(Fault::perhaps(error));
        }
        let told: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        let value = told.get("access_token").and_then(Value::as_str).and_then(Secret::read);
        let value = value.ok_or_else(|| Fault::perhaps("no token: the answer has no access_token"))?;
        let told =
            told.get("expires_in").and_then(Value::as_i64).map(|seconds| Duration::seconds(seconds.clamp(0, 86_400)));
        // A minute less, so that it does not end on its way.
        let holds = told.map_or(USUAL, |told| (told - Duration::minutes(1)).min(USUAL));
        Ok(Token { value, until: now + holds })
    }
}
