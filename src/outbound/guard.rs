//! The names of hosts, resolved and judged in one step: the addresses that this allows are the very ones
//! that are connected to, so that a name which answers otherwise the next time gains nothing.

use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

use super::{
    PrivateHosts, Unfit,
    reach::{Reach, reach},
};

/// A resolver that lets nothing pass that may not be asked.
#[derive(Debug)]
pub(super) struct Guard<R> {
    pub(super) names: R,
    pub(super) permitted: PrivateHosts,
}

impl<R: Resolver> Resolver for Guard<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let is_permitted = self.permitted.permit(host, uri.port_u16().unwrap_or(usual));
        let found = self.names.resolve(uri, config, timeout)?;
        // One that may not be asked spoils them all: a name that leads both ways is meant to.
        let refused = found.iter().find_map(|one| match reach(one.ip()) {
            Reach::Never => Some(Unfit::Never),
            Reach::Private if !is_permitted => Some(Unfit::Private),
            Reach::Private | Reach::Public => None,
        });
        refused.map_or(Ok(found), |unfit| Err(Error::Other(Box::new(unfit))))
    }
}
