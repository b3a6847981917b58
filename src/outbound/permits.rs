//! The hosts of one's own network that may be asked all the same: exact names, with or without a port.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::address::host_and_port;

/// Hosts that the configuration names. For them alone plain http and private addresses are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivateHosts(BTreeSet<(String, Option<u16>)>);

impl PrivateHosts {
    /// Is this host named, at this port or at all?
    pub fn permit(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|(name, at)| name == host && at.is_none_or(|at| at == port))
    }
}

impl fmt::Display for PrivateHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, port)) in self.0.iter().enumerate() {
            f.write_str(if place > 0 { ", " } else { "" })?;
            f.write_str(name)?;
            port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        }
        Ok(())
    }
}

impl FromStr for PrivateHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let each = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let hosts: Option<BTreeSet<_>> = each.map(|part| host_and_port(part).ok()).collect();
        let remedy = "write names or addresses, with or without a port, such as hooks.example.org, 10.0.0.5:8443";
        hosts.map(Self).ok_or_else(|| remedy.to_owned())
    }
}
