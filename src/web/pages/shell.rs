//! What stands around every page: who is signed in, where they may go, the request's id. It knows no page's
//! content.

use actix_web::{HttpMessage, HttpRequest, http::header};

use super::text::{self, Said, Tongue};
use crate::{
    web::{Web, observe::RequestId},
    words::Role,
};

/// Whoever is signed in, as the header shows them.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) form_token: String,
}

/// A place to go to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) href: &'static str,
    pub(super) key: &'static str,
    pub(super) current: bool,
}

/// The navigation: each place with the roles it is shown to, none of them for everybody. Whether somebody may
/// see what is there, the door says.
const PLACES: &[(&str, &str, &[Role])] = &[
    ("/", "nav-home", &[]),
    ("/request", "nav-request", &[]),
    ("/exceptions", "nav-exceptions", &[]),
    ("/desk", "nav-desk", &[]),
    ("/reports", "nav-reports", &[]),
    ("/sops", "nav-sops", &[]),
    ("/ledger", "nav-ledger", &[]),
    ("/register", "nav-register", &[]),
    ("/incidents", "nav-incidents", &[Role::Ciso, Role::Governance, Role::Auditor]),
    ("/changes", "nav-changes", &[Role::Admin, Role::Governance, Role::Auditor]),
    ("/admin", "nav-admin", &[Role::Admin, Role::Governance, Role::Auditor]),
];

/// What stands around a page.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    pub(super) tongue: Tongue,
    pub(super) who: Option<Who>,
    pub(super) nav: Vec<Place>,
    pub(super) request_id: String,
    pub(super) demonstration: bool,
}

impl Shell {
    /// Around a page for whoever is not signed in.
    pub(super) fn of_stranger(web: &Web, request: &HttpRequest) -> Self {
        let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Self {
            tongue: browser(request),
            who: None,
            nav: Vec::new(),
            request_id: id,
            demonstration: web.settings.demonstration,
        }
    }

    /// The same for somebody who holds these roles.
    #[must_use]
    pub(super) fn with(mut self, who: Who, roles: &[Role], (tongue, path): (Tongue, &str)) -> Self {
        let shown = PLACES.iter().filter(|(_, _, to)| to.is_empty() || roles.iter().any(|role| to.contains(role)));
        self.nav = shown
            .map(|(href, key, _)| Place {
                href,
                key,
                current: path == *href || (*href != "/" && path.starts_with(&format!("{href}/"))),
            })
            .collect();
        (self.who, self.tongue) = (Some(who), tongue);
        self
    }

    /// The language as HTML names it.
    pub(super) const fn tag(&self) -> &'static str {
        self.tongue.tag()
    }

    /// The message of this key.
    pub(super) fn say(&self, key: impl AsRef<str>) -> Said {
        self.tongue.say(key)
    }

    /// The name of one of a closed set's codes.
    pub(super) fn name(&self, group: impl AsRef<str>, code: impl std::fmt::Display) -> Said {
        self.tongue.name(group, code)
    }
}

/// What a browser says of its reader.
pub(super) fn browser(request: &HttpRequest) -> Tongue {
    let sent = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    text::of_browser(sent.unwrap_or_default())
}
